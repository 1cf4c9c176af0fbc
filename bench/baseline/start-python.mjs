import { access } from "node:fs/promises";
import { baselineFolder, modelSets, venvPython } from "../models/paths.mjs";
import { freePort } from "../process/free-port.mjs";
import { startService } from "../process/start-service.mjs";

/** Environment of every Python side: the set's folders, threads, beams; no hub is asked. */
export function pythonEnv(setName, { beams = 4, threads } = {}) {
  const set = modelSets[setName];
  return {
    BART_DIR: set.torch("bart"),
    T5_DIR: set.torch("t5"),
    NUM_BEAMS: String(beams),
    HF_HUB_OFFLINE: "1",
    TRANSFORMERS_VERBOSITY: "error",
    TOKENIZERS_PARALLELISM: "false",
    PYTHONDONTWRITEBYTECODE: "1",
    ...(threads === undefined ? {} : { TORCH_THREADS: String(threads) }),
  };
}

/** Starts `lazy` or `eager`, the old service, on a free loopback port. */
export async function startPython(form, setName, options) {
  await access(venvPython).catch(() => {
    throw new Error("There is no Python environment yet: run npm run bench:setup");
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    "-m",
    "uvicorn",
    `${form}:app`,
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--log-level",
    "warning",
  ];
  const service = await startService(venvPython, args, {
    cwd: baselineFolder,
    env: pythonEnv(setName, options),
    isReady: async () => (await fetch(`${url}/memory`)).ok,
    timeoutMs: 300_000,
  });
  const summarize = async (body) => {
    const response = await fetch(`${url}/api/v1/summarize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(1_800_000),
    });
    if (!response.ok) throw new Error(`${form}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const unload = async () => (await fetch(`${url}/memory/unload`, { method: "POST" })).json();
  return { ...service, url, summarize, unload };
}
