import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canOpenTerminal, runOnTerminal } from "../support/run-on-terminal.js";
import { startPrecis } from "../support/start-precis.js";

const clear = "\r\u001b[K";
const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");

/** What is left on the screen of what was written: lines that were cleared are not. */
const leftOn = (screen: string) => screen.replaceAll(/[^\n]*\r\u001b\[K/g, "").replaceAll("\r\n", "\n");

describe.skipIf(!canOpenTerminal)("precis summarize on a terminal (skipped without util-linux's script)", () => {
  let precis: Precis;
  let folder: string;
  let env: Record<string, string>;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precis-terminal-"));
    file = join(folder, "text.txt");
    // Several chunks, so that there is progress to see.
    await writeFile(file, article.repeat(6));
    precis = await startPrecis();
    env = { PRECIS_URL: precis.url };
  });
  afterAll(async () => {
    await precis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("draws one line, keeps it up to date and leaves the summary alone", async () => {
    const { code, screen } = await runOnTerminal(["summarize", file], env);
    expect(code).toBe(0);
    const drawn = screen.split(clear).filter((line) => /^\[[#.]{24}\]|^waiting/.test(line));
    expect(drawn.at(0)).toMatch(/^waiting|started$/);
    const parts = drawn.flatMap((line) => /(\d+)\/(\d+) parts/.exec(line)?.slice(1, 3).map(Number).join("/") ?? []);
    expect(new Set(parts).size).toBeGreaterThan(1);
    for (const line of drawn) expect(line.length).toBeLessThan(60);
    expect(leftOn(screen)).toMatch(/^\w[^\n]+\n$/);
  });

  it("writes the summary, and nothing else, where standard output goes", async () => {
    const stdoutTo = join(folder, "summary.txt");
    const { code, screen } = await runOnTerminal(["summarize", file], env, { stdoutTo });
    expect(code).toBe(0);
    expect(screen).toContain(`${clear}[`);
    expect(screen.endsWith(clear)).toBe(true);
    expect(leftOn(screen)).toBe("");
    expect(await readFile(stdoutTo, "utf8")).toMatch(/^\w[^\n\r\u001b]+\n$/);
  });

  it("clears its line at Ctrl-C and says where the job is, which goes on", async () => {
    const long = join(folder, "long.txt");
    await writeFile(long, article.repeat(100));
    let interrupted = false;
    const { code, screen } = await runOnTerminal(["summarize", long], env, {
      onScreen: (screen) => {
        if (interrupted || !screen.includes(" parts, ")) return undefined;
        interrupted = true;
        return "\u0003";
      },
    });
    expect(code).toBe(130);
    const id = /^(?:\^C)?precis: interrupted; the job goes on: precis jobs (job_\w+), [^\n]+\n$/.exec(
      leftOn(screen),
    )?.[1];
    const cancelled = await fetch(`${precis.url}/api/v1/jobs/${id}/cancel`, { method: "POST" });
    expect(cancelled.status).toBe(200);
  });
});
