import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../packages/cli/bin/precis.js", import.meta.url));

/** Runs the `precis` command to its end, with `input` on its standard input. */
export function runPrecis(
  args: string[],
  env: Record<string, string | undefined>,
  input = "",
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { REDIS_URL: _, PRECIS_KEY: __, ...inherited } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], { env: { ...inherited, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
