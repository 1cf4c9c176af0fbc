import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@precis/redis";

const command = fileURLToPath(new URL("../../packages/cli/bin/precis.js", import.meta.url));

/** A running `precis up`. */
export interface Up {
  child: ChildProcess;
  home: string;
  /** Everything it and its processes have printed so far. */
  output(): string;
  /** Resolves when `text` has been printed as many times. */
  printed(text: string, times?: number): Promise<void>;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
  /** Address of its API, once it has printed it. */
  url(): string;
  /** Address of its private Redis. */
  redisUrl: string;
  /** Kills what is left of it and removes its state folder. */
  remove(): Promise<void>;
}

/** Starts `precis up` in a new state folder; resolves once it has printed `until`. */
export async function startUp(until: string, settings: Record<string, string> = {}): Promise<Up> {
  const home = settings.PRECIS_HOME ?? (await mkdtemp(join(tmpdir(), "precis-up-")));
  const { REDIS_URL: _, ...inherited } = process.env;
  const env = { ...inherited, PORT: "0", PRECIS_HOME: home, LOG_LEVEL: "silent", JOB_LOCK: "2s", ...settings };
  const child = spawn(process.execPath, [command, "up"], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let output = "";
  const waiting = new Set<() => void>();
  const keep = (data: Buffer) => {
    output += data;
    for (const look of waiting) look();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const printed = (text: string, times = 1) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.split(text).length <= times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then((code) => reject(new Error(`precis up ended with ${code} before "${text}":\n${output}`)));
    });
  const up: Up = {
    child,
    home,
    output: () => output,
    printed,
    ended,
    url: () => /http:\/\/[\d.:]+/.exec(output)?.[0] ?? "",
    redisUrl: `unix://${join(home, "redis", "redis.sock")}`,
    remove: async () => {
      child.kill("SIGKILL");
      await ended;
      await shutDown(up.redisUrl);
      await rm(home, { recursive: true, force: true });
    },
  };
  await printed(until);
  return up;
}

/** Ends the Redis that a killed `precis up` leaves behind. */
async function shutDown(url: string): Promise<void> {
  const redis = await connect(url, "request").catch(() => undefined);
  if (redis === undefined) return;
  const closed = new Promise((resolve) => redis.once("close", resolve));
  redis.shutdown("NOSAVE").catch(() => {});
  await closed;
  redis.disconnect();
}
