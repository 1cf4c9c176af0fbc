import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { asCurl, asTypeScript } from "./snippets.js";

const url = "http://127.0.0.1:8000/api/v1/summarize";
const request = {
  text: 'It\'s "quoted", $HOME and `date`;\nsecond line \\ end',
  max_length: 50,
  model: "bart" as const,
};

it("the curl command gives the shell exactly the request", () => {
  const script = `curl() { printf '%s\\0' "$@"; }\n${asCurl(url, request)}`;
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
  expect(words).toContain(url);
  expect(JSON.parse(words[words.indexOf("-d") + 1] ?? "")).toEqual(request);
});

it("the TypeScript sends exactly the request", async () => {
  const sent: unknown[] = [];
  const answer = { ok: true, json: async () => ({ summary: "short" }) };
  const fetch = async (...call: unknown[]) => {
    sent.push(...call);
    return answer;
  };
  const run = new Function("fetch", "console", `return (async () => { ${asTypeScript(url, request)} })();`);
  const printed: string[] = [];
  await run(fetch, { log: (line: string) => printed.push(line) });
  const [to, init] = sent as [string, { body: string }];
  expect([to, JSON.parse(init.body), printed]).toEqual([url, request, ["short"]]);
});
