import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";

const article = fileURLToPath(new URL("../../models/samples/article.txt", import.meta.url));
let precis: Precis;
let env: Record<string, string>;

beforeAll(async () => {
  precis = await startPrecis();
  const key = (await runPrecis(["keys", "create", "--role", "admin"], { REDIS_URL: precis.redis.url })).stdout.trim();
  env = { PRECIS_URL: precis.url, PRECIS_KEY: key };
});
afterAll(() => precis.stop());

it("summarizes a file, and standard input, and prints the summary alone", async () => {
  const fromFile = await runPrecis(["summarize", article, "--max-length", "20"], env);
  expect(fromFile).toMatchObject({ code: 0, stderr: "" });
  expect(fromFile.stdout.trim().split("\n")).toHaveLength(1);
  const fromInput = await runPrecis(["summarize", "-", "--max-length", "20"], env, await readFile(article, "utf8"));
  expect(fromInput).toMatchObject({ code: 0, stdout: fromFile.stdout });
});

it("prints the whole job as JSON, or submits only, and shows the job later", async () => {
  const whole = await runPrecis(["summarize", article, "--json", "--model", "t5", "--max-length", "10"], env);
  expect(JSON.parse(whole.stdout)).toMatchObject({ status: "completed", model: "t5" });
  const submitted = await runPrecis(["summarize", article, "--wait", "0", "--json"], env);
  const { id } = JSON.parse(submitted.stdout) as JobView;
  const shown = await runPrecis(["jobs", id], env);
  expect(shown.stdout).toMatch(new RegExp(`^${id}  (queued|running|completed)`));
  expect((await runPrecis(["jobs", "delete", id], env)).code).toBe(0);
  expect((await runPrecis(["jobs", id], env)).code).toBe(1);
});

it("shows memory, loads and gives back", async () => {
  expect((await runPrecis(["load", "t5"], env)).code).toBe(0);
  expect((await runPrecis(["memory"], env)).stdout).toMatch(/t5 +ready +\d+ MB/);
  const unloaded = await runPrecis(["unload", "bart", "t5"], env);
  expect([unloaded.code, unloaded.stdout]).toEqual([0, expect.stringMatching(/\d+ MB freed.*t5 done/)]);
  expect((await runPrecis(["memory"], env)).stdout).toMatch(/t5 +absent/);
});

it("pauses, drains and resumes workers, all of them or those named", async () => {
  const drained = await runPrecis(["drain"], env);
  expect([drained.code, drained.stdout]).toEqual([0, expect.stringMatching(/^\S+ {2}(done|nothing-loaded)/)]);
  const id = drained.stdout.split(" ")[0] ?? "";
  expect((await runPrecis(["memory"], env)).stdout).toMatch(new RegExp(`^${id} {2}paused`));
  const partial = await runPrecis(["resume", id, "nobody"], env);
  expect([partial.code, partial.stdout]).toEqual([1, `${id}  done\nnobody  unknown\n`]);
  expect(partial.stderr).toContain("1 of 2 workers resumed");
  expect((await runPrecis(["pause", id], env)).code).toBe(0);
  expect((await runPrecis(["resume"], env)).code).toBe(0);
});

it.each([
  [2, ["summarize"], {}, /missing required argument 'FILE'/],
  [2, ["summarize", "/nowhere/at/all"], {}, /cannot be read: ENOENT/],
  [2, ["summarize", article, "--max-length", "many"], {}, /must be a whole number/],
  [
    2,
    ["summarize", article, "--wait", "2147484"],
    {},
    /--wait must be a whole number from 0 to 604800 \(got 2147484\)/,
  ],
  [2, ["summarize", article, "--wait", "-1"], {}, /--wait/],
  [2, ["summarize", article, "--max-length", "9".repeat(400)], {}, /--max-length must be a whole number/],
  [2, ["jobs", "--limit", "1e3"], {}, /--limit must be a whole number/],
  [2, ["memory"], { PRECIS_URL: "127.0.0.1:8000" }, /PRECIS_URL must begin with https/],
  [2, ["memory"], { PRECIS_URL: "http://user:pass@127.0.0.1" }, /must not contain a user name.*PRECIS_KEY\n$/],
  [2, ["memory"], { PRECIS_KEY: "one two" }, /PRECIS_KEY must be one API key, without spaces or line breaks\n$/],
  [2, ["memory", "--key", "one two"], {}, /--key must be one API key, without spaces or line breaks\n$/],
  [2, ["keys", "list"], { REDIS_URL: "redis://:pa/ss@host" }, /REDIS_URL must have special characters/],
  [
    1,
    ["keys", "list"],
    { REDIS_URL: "redis://:pass@127.0.0.1:1" },
    /Redis at redis:\/\/\*\*\*@127\.0\.0\.1:1 cannot be reached/,
  ],
  [2, ["summarize", article, "--model", "gpt"], {}, /model: .*bart/],
  [2, ["unload", "gpt"], {}, /must be one of bart, t5/],
  [2, ["summarise", article], {}, /unknown command 'summarise' \(Did you mean summarize\?\)/],
  [2, ["keys", "make"], {}, /unknown command 'make'/],
  [2, ["memory", "--jsn"], {}, /unknown option '--jsn' \(Did you mean --json\?\)/],
  [2, ["memory", "bart"], {}, /too many arguments for 'memory'/],
  [2, ["summarize", "--model"], {}, /option '--model <model>' argument missing/],
  [3, ["memory", "--url", "http://127.0.0.1:1"], {}, /no answer from http:\/\/127\.0\.0\.1:1.*npm start/],
  [4, ["memory"], { PRECIS_KEY: "" }, /Missing or invalid API key.*PRECIS_KEY/],
  [1, ["jobs", "job_none"], {}, /Job job_none does not exist/],
])("ends with code %i for %j", async (code, args, change, message) => {
  const result = await runPrecis(args, { ...env, ...change });
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trim().split("\n")).toHaveLength(1);
});

it.each([
  [["--help"], 0, "stdout", /Usage: precis \[options\] \[command\]/],
  [[], 2, "stderr", /Usage: precis/],
  [["jobs", "--help"], 0, "stdout", /Usage: precis jobs .*--status/s],
  [["jobs", "cancel", "--help"], 0, "stdout", /Usage: precis jobs cancel \[options\] <ID>/],
  [["help", "unload"], 0, "stdout", /Usage: precis unload .*--worker/s],
  [["--version"], 0, "stdout", /^\d+\.\d+\.\d+\n$/],
] as const)("%j prints help or the version", async (args, code, stream, message) => {
  const result = await runPrecis([...args], env);
  expect(result.code).toBe(code);
  expect(result[stream]).toMatch(message);
});

it("options after a subcommand are those of the subcommand", async () => {
  const { stdout } = await runPrecis(["summarize", article, "--wait", "0"], env);
  const cancelled = await runPrecis(["jobs", "cancel", stdout.trim(), "--json"], env);
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ id: stdout.trim() });
});
