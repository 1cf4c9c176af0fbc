import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@precis/config";
import { launch } from "@precis/launcher";
import { processTree, resetPeakRss, sum, treeCpu, treePeakRss, treeRss } from "./process-tree.mjs";

export const isModelProcess = ({ command }) => command.includes("model-process");

/**
 * Starts Precis as users do (private Redis, API, one worker) on a free loopback port, without idle unload.
 *
 * @param manifest the model set's
 * @param settings settings of Precis, as environment variables
 */
export async function startPrecis(manifest, settings = {}) {
  const home = await mkdtemp(join(tmpdir(), "precis-bench-"));
  const env = {
    ...process.env,
    PORT: "0",
    HOST: "127.0.0.1",
    REDIS_URL: "",
    PRECIS_HOME: home,
    MODEL_SET: manifest,
    MODEL_IDLE_TTL: "-1",
    MAX_WAIT: "5m",
    LOG_LEVEL: "error",
    ...settings,
  };
  const config = loadConfig(env);
  const precis = await launch({ config, env, output: "ignore", onProgress: () => {} }).catch(async (error) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  const roots = [precis.api.child.pid, ...precis.workers.map(({ child }) => child.pid)];
  const [, worker] = roots;

  const post = async (path, body, headers = {}) => {
    const response = await fetch(`${precis.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(300_000),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return { status: response.status, answer };
  };
  const acrossRoots = async (measure, counts) => {
    const parts = await Promise.all(roots.map((root) => measure(root, counts)));
    return parts.reduce((total, part) => total + part, 0);
  };

  return {
    api: roots[0],
    worker,
    redisUrl: precis.redis.url,
    redisPrefix: config.redisPrefix,
    /** Resident bytes of API, supervisor and model processes; no side counts Redis. */
    rss: () => acrossRoots(treeRss),
    workerRss: () => treeRss(worker),
    peakRss: () => acrossRoots(treePeakRss),
    resetPeakRss: () => Promise.all(roots.map(resetPeakRss)),
    cpu: (counts) => acrossRoots(treeCpu, counts),
    redisCpu: async () =>
      sum(
        (await processTree(process.pid)).filter(({ command }) => /redis-server|valkey-server/.test(command)),
        "cpu",
      ),
    /** Submits and waits for the summary, as a synchronous caller of the old service does. */
    summarize: async (body) => {
      const { status, answer } = await post("/api/v1/summarize", body, { prefer: "wait=300" });
      if (status !== 200) throw new Error(`the job was not done in time: ${JSON.stringify(answer)}`);
      return answer;
    },
    load: (models) => post("/memory/load", { models }),
    unload: () => post("/memory/unload", {}),
    memory: async () => (await fetch(`${precis.url}/memory`)).json(),
    stop: async () => {
      await precis.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
