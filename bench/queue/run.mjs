// `npm run bench:queue`: CPU time of a job (Redis, API and the queue's side of a worker; no model) while 100, 1,000, 10,000 and
// 100,000 others wait. --quick: without the last. --depths 100,5000: these instead. --json FILE: writes the figures.
import { fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadConfig } from "@precis/config";
import { launch } from "@precis/launcher";
import { openJobQueue } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { cpuMs } from "../process/cpu-time.mjs";
import { describeMachine } from "../report/machine.mjs";
import { formatTable } from "../report/table.mjs";
import { driveClients } from "../throughput/drive-clients.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    depths: { type: "string" },
    jobs: { type: "string", default: "1000" },
    json: { type: "string" },
  },
});
const depths = (flags.depths ?? (flags.quick ? "100,1000,10000" : "100,1000,10000,100000")).split(",").map(Number);
const jobs = Number(flags.jobs);
const clients = 16;
const readers = 4;
const text = "The library opened a reading room in the old station, and the town came to see it. ".repeat(3);

const home = await mkdtemp(join(tmpdir(), "precis-bench-queue-"));
const env = { ...process.env, PORT: "0", REDIS_URL: "", PRECIS_HOME: home, WORKERS: "0", LOG_LEVEL: "error" };
env.MAX_QUEUE_DEPTH = "1000000000";
const config = loadConfig(env);
const precis = await launch({ config, env, output: "inherit", onProgress: () => {} });
const redis = await connect(precis.redis.url, "background");
const redisPid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))[1]);
const queue = openJobQueue({
  keys: redisKeys(config.redisPrefix),
  redis,
  attempts: 3,
  textTtlMs: 3_600_000,
  webhookScheduleMs: [1_000],
});
const worker = fork(fileURLToPath(new URL("claim-process.mjs", import.meta.url)), [
  precis.redis.url,
  config.redisPrefix,
  "32",
]);
const fromWorker = () => new Promise((resolve) => worker.once("message", resolve));
await fromWorker();

const steps = {
  submit: "submit (POST)",
  take: "claim and complete (worker)",
  status: "status with position (GET)",
  list: "list of 50 (GET)",
  metrics: "GET /metrics",
  fleet: "one update of the fleet page",
};
const figures = { machine: describeMachine(), unit: "milliseconds of CPU for one", jobs };
try {
  const waiting = [];
  await submitMany(200);
  await claim(200);
  await submitAndWait(200);
  figures.round = await measured(jobs, () => submitAndWait(jobs));
  for (const depth of depths) {
    await fill(waiting, depth);
    figures[depth] = {
      submit: await measured(jobs, () => submitMany(jobs)),
      take: await measured(jobs, () => claim(jobs)),
      status: await measured(jobs, () => each(jobs, () => get(`/api/v1/jobs/${pick(waiting)}`))),
      list: await measured(50, () => each(50, () => get("/api/v1/jobs"))),
      metrics: await measured(50, () => each(50, () => get("/metrics"))),
      fleet: await measured(20, () => watchFleet(20)),
    };
    console.error(`  ${depth} waiting: ${JSON.stringify(figures[depth])}`);
  }
  print();
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  worker.disconnect();
  await queue.close();
  redis.disconnect();
  await precis.stop();
  await rm(home, { recursive: true, force: true });
}

/** CPU milliseconds of API, Redis and worker per operation. */
async function measured(count, act) {
  const all = () => [precis.api.child.pid, redisPid, worker.pid].reduce((sum, pid) => sum + cpuMs(pid), 0);
  const before = all();
  const answer = await act();
  return Number(((all() - before) / (answer?.done ?? count)).toFixed(3));
}

/** Adds jobs of low priority until `depth` of them wait; the measured ones are claimed before them. */
async function fill(waiting, depth) {
  const data = { version: 1, model: "bart", priority: 10, resultTtlSeconds: 86_400, textBytes: text.length };
  let missing = depth - (await queue.measureLoad()).unfinished;
  for (; missing > 0; missing -= 500) {
    const size = Math.min(500, missing);
    const added = await Promise.all(Array.from({ length: size }, () => queue.submit(data, text)));
    waiting.push(...added.map(({ id }) => id));
  }
}

async function post(body, headers = {}) {
  const response = await fetch(`${precis.url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function get(path) {
  const response = await fetch(`${precis.url}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

async function each(count, act) {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: readers }, lane));
}

/** Submits jobs that are claimed before those that wait. */
async function submitMany(count) {
  await each(count, () => post({ text, model: "bart" }));
}

async function claim(count) {
  worker.send({ claim: count });
  return fromWorker();
}

/** A closed loop over HTTP like that of bench:throughput, without a model. No other jobs may wait. */
async function submitAndWait(count) {
  const claimed = claim(count);
  await driveClients(new Array(count).fill(text), clients, (body) =>
    post({ text: body, model: "bart" }, { prefer: "wait=60" }),
  );
  return claimed;
}

/** Reads `count` updates of the fleet page, which come once a second. */
async function watchFleet(count) {
  const abort = new AbortController();
  const response = await fetch(`${precis.url}/admin/fleet/events`, { signal: abort.signal });
  let seen = 0;
  for await (const chunk of response.body) {
    seen += Buffer.from(chunk).toString().split("\n\n").length - 1;
    if (seen >= count) break;
  }
  abort.abort();
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

function print() {
  const rows = Object.entries(steps).map(([key, title]) => [title, ...depths.map((depth) => figures[depth][key])]);
  const header = ["ms of CPU", ...depths.map((depth) => `${depth.toLocaleString("en")} waiting`)];
  console.log(`\nAPI, Redis and the queue's side of a worker, per operation · ${figures.machine}\n`);
  console.log(formatTable(header, rows));
  console.log(
    `\nsubmit and wait with ${clients} clients, an empty queue: ${figures.round} ms for API, Redis and worker together`,
  );
}
