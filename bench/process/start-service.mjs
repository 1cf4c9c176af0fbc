import { spawn } from "node:child_process";
import { endProcess } from "./end-process.mjs";
import { waitUntil } from "./wait-until.mjs";

/** Starts a command and waits until `isReady` says so; its output is shown only when it fails to start. */
export async function startService(
  command,
  args,
  { env, cwd, isReady, onSpawn = () => {}, timeoutMs = 120_000, stdin = "ignore" },
) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: [stdin, "pipe", "pipe"] });
  onSpawn(child);
  let output = "";
  const keep = (data) => {
    output = `${output}${data}`.slice(-4_000);
  };
  child.stderr.on("data", keep);
  if (stdin === "ignore") child.stdout.on("data", keep);
  const failed = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`${command} ended (${signal ?? code}): ${output}`)));
  });
  failed.catch(() => {});
  try {
    await Promise.race([failed, waitUntil(`${command} ${args.join(" ")}`, () => isReady(child), timeoutMs)]);
  } catch (error) {
    await endProcess(child);
    throw new Error(`${error.message}\n${output}`);
  }
  return { child, pid: child.pid, stop: () => endProcess(child) };
}
