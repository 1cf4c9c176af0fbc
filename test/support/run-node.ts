import { spawn } from "node:child_process";

/** Runs a script of ours to its end, with nothing but the given settings. */
export function runNode(
  args: string[],
  settings: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { PATH, HOME } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      env: { PATH, HOME, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
