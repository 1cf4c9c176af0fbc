import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../packages/cli/bin/precis.js", import.meta.url));
const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Whether util-linux's `script` is here, which opens a pseudo-terminal; BSD's has other options. */
export const canOpenTerminal = /util-linux/.test(spawnSync("script", ["--version"]).stdout?.toString() ?? "");

/**
 * Runs the `precis` command on a terminal of 60 columns; resolves with all that was written to it, control characters
 * included.
 *
 * @param options.stdoutTo file its standard output goes to instead
 * @param options.onScreen told what has been written so far; what it returns is typed
 */
export function runOnTerminal(
  args: string[],
  env: Record<string, string>,
  options: { stdoutTo?: string; onScreen?: (screen: string) => string | undefined } = {},
): Promise<{ code: number | null; screen: string }> {
  const { REDIS_URL: _, PRECIS_KEY: __, ...inherited } = process.env;
  const redirect = options.stdoutTo === undefined ? "" : ` > ${quote(options.stdoutTo)}`;
  const line = `stty cols 60; ${[process.execPath, command, ...args].map(quote).join(" ")}${redirect}`;
  return new Promise((resolve) => {
    const child = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
      env: { ...inherited, ...env, SHELL: "/bin/sh", TERM: "xterm" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let screen = "";
    child.stdout.on("data", (data) => {
      screen += data;
      const typed = options.onScreen?.(screen);
      if (typed !== undefined) child.stdin.write(typed);
    });
    child.once("close", (code) => resolve({ code, screen }));
  });
}
