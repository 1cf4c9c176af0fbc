// `npm run bench:api`: submissions per second over HTTP, bare `queue.add` with the same 3 KB text, and status reads per
// second, in turn. Then submissions to 1, 2 … API processes on one Redis, each with its own client and limited to a share of a
// core, which leaves CPU for clients and Redis: this shows what one more process adds even on a small machine.
// --seconds N: length of each part (4). --rounds N (5). --processes N: largest number of API processes (4). --share S: of a
// core (0.15; without root or cgroups there is no limit, and the table says so). --quick: one round of a second each, to see
// that it runs. --json FILE: writes the figures:
//   submitOverBare         submissions per second / bare adds per second; all share the machine, so it depends on its cores
//   submitOverBareByCpu    CPU time of the process that adds / of the API process, per job
//   processes              per number of API processes: perSecond (all together), overOne (ratio to one process in the same
//                          round), cpuMs (of an API process, per submission)
//   linearity              overOne of the largest number / that number; absent without the limit
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { loadConfig } from "@precis/config";
import { launch } from "@precis/launcher";
import { connect } from "@precis/redis";
import { describeMachine } from "../report/machine.mjs";
import { median } from "../report/statistics.mjs";
import { formatTable } from "../report/table.mjs";
import { limitCpu } from "./limit-cpu.mjs";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    processes: { type: "string", default: "4" },
    share: { type: "string", default: "0.15" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
if (flags.quick) Object.assign(flags, { seconds: "1", rounds: "1", processes: "2" });
const ms = Number(flags.seconds) * 1_000;
const connections = 64;
const run = promisify(execFile);
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const home = await mkdtemp(join(tmpdir(), "precis-bench-api-"));
const env = { ...process.env, PORT: "0", REDIS_URL: "", PRECIS_HOME: home, WORKERS: "0", LOG_LEVEL: "error" };
env.MAX_QUEUE_DEPTH = "1000000000";
const precis = await launch({ config: loadConfig(env), env, output: "inherit", onProgress: () => {} });
const redis = await connect(precis.redis.url, "background");
const more = [];
const removeLimits = [];

try {
  const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
  const text = article.repeat(2).slice(0, 3_000);
  const textFile = join(home, "text.txt");
  const bodyFile = join(home, "body.json");
  await writeFile(textFile, text);
  await writeFile(bodyFile, JSON.stringify({ text, model: "bart", max_length: 60 }));
  const port = new URL(precis.url).port;

  const rows = { bare: [], submit: [], status: [], half: [] };
  await submit(1_000);
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    rows.bare.push(await node("add-process.mjs", precis.redis.url, textFile, connections, ms));
    await redis.flushall();
    rows.submit.push(await submit(ms));
    rows.half.push(await submit(ms, Math.floor(rows.submit.at(-1).perSecond / 2)));
    const answer = await fetch(`${precis.url}/api/v1/summarize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await readFile(bodyFile),
    });
    const { id } = await answer.json();
    rows.status.push(await http("GET", `/api/v1/jobs/${id}`, "-", ms));
    await redis.flushall();
  }

  const apis = [{ port, pid: precis.api.child.pid }];
  while (apis.length < Number(flags.processes)) apis.push(await startApi());
  // Compile their code before they are limited: with a share of a core, compiling would take most of the time.
  for (const api of apis) await submitTo([api], 2_000);
  let isLimited = true;
  for (const { pid } of apis) isLimited = (await limit(pid)) && isLimited;
  const counts = apis.map((_, index) => index + 1);
  const shared = counts.map(() => []);
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    for (const count of counts) {
      await redis.flushall();
      shared[count - 1].push(await submitTo(apis.slice(0, count), ms));
    }
  }
  const processes = counts.map((count) => {
    const rounds = shared[count - 1];
    return {
      processes: count,
      perSecond: median(rounds.map(({ perSecond }) => perSecond)),
      cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
      overOne: median(rounds.map(({ perSecond }, round) => perSecond / shared[0][round].perSecond)),
    };
  });

  /** Limits a process to its share. Returns whether that worked. */
  async function limit(pid) {
    const remove = await limitCpu(pid, Number(flags.share));
    if (remove !== undefined) removeLimits.push(remove);
    return remove !== undefined;
  }

  /** One more API process on the same Redis. */
  async function startApi() {
    const apiEnv = { ...env, REDIS_URL: precis.redis.url };
    const added = await launch({ config: loadConfig(apiEnv), env: apiEnv, output: "inherit", onProgress: () => {} });
    more.push(added);
    return { port: new URL(added.url).port, pid: added.api.child.pid };
  }

  async function submitTo(all, duration) {
    const before = await Promise.all(all.map(({ pid }) => cpuOf(pid)));
    const found = await Promise.all(
      all.map((api) =>
        node("client-process.mjs", api.port, "POST", "/api/v1/summarize", bodyFile, connections, duration, 0),
      ),
    );
    const after = await Promise.all(all.map(({ pid }) => cpuOf(pid)));
    const perSecond = found.reduce((sum, client) => sum + client.perSecond, 0);
    const cpu = after.reduce((sum, value, index) => sum + value - before[index], 0);
    return { perSecond, cpuMs: cpu / (perSecond * (duration / 1_000)) };
  }

  async function submit(duration, rate = 0) {
    return http("POST", "/api/v1/summarize", bodyFile, duration, rate);
  }

  /** Requests per second, and CPU time of the API process per request. */
  async function http(method, path, file, duration, rate = 0) {
    const before = await cpuOf(precis.api.child.pid);
    const found = await node("client-process.mjs", port, method, path, file, connections, duration, rate);
    const count = found.perSecond * (duration / 1_000);
    const wrong = Object.keys(found.statuses).filter((status) => !["200", "202"].includes(status));
    if (wrong.length > 0) throw new Error(`${method} ${path}: ${JSON.stringify(found.statuses)}`);
    return { ...found, cpuMs: ((await cpuOf(precis.api.child.pid)) - before) / count };
  }

  const medianOf = (name, field) => median(rows[name].map((row) => row[field]));
  const figures = {
    machine: describeMachine(),
    bareAddsPerSecond: medianOf("bare", "perSecond"),
    submitsPerSecond: medianOf("submit", "perSecond"),
    submitOverBare: median(rows.submit.map((row, index) => row.perSecond / rows.bare[index].perSecond)),
    submitOverBareByCpu: median(rows.submit.map((row, index) => rows.bare[index].cpuMs / row.cpuMs)),
    statusReadsPerSecond: medianOf("status", "perSecond"),
    statusReadsPerCpuSecond: 1_000 / medianOf("status", "cpuMs"),
    halfLoadP50Ms: medianOf("half", "p50"),
    halfLoadP99Ms: medianOf("half", "p99"),
    processes,
  };
  if (isLimited) figures.linearity = processes.at(-1).overOne / apis.length;
  const cells = [
    ["bare queue.add", medianOf("bare", "perSecond"), 1_000 / medianOf("bare", "cpuMs"), undefined, undefined],
    ...[
      ["POST /api/v1/summarize", "submit"],
      ["… at half that load", "half"],
      ["GET /api/v1/jobs/{id}", "status"],
    ].map(([title, name]) => [
      title,
      medianOf(name, "perSecond"),
      1_000 / medianOf(name, "cpuMs"),
      medianOf(name, "p50"),
      medianOf(name, "p99"),
    ]),
  ].map(([title, ...numbers]) => [title, ...numbers.map((number) => number?.toFixed(number < 100 ? 1 : 0))]);
  console.log(`\nOne API process, 3 KB texts, ${connections} connections · ${figures.machine}\n`);
  console.log(formatTable(["", "per second", "per CPU second", "p50 ms", "p99 ms"], cells));
  console.log();
  console.log(
    formatTable(
      [
        `API processes on one Redis, ${isLimited ? `each limited to ${flags.share} of a core` : "not limited"}`,
        "POST per second",
        "beside one",
        "CPU ms of an API per POST",
      ],
      processes.map(({ processes: count, perSecond, overOne, cpuMs }) => [
        String(count),
        perSecond.toFixed(0),
        overOne.toFixed(2),
        cpuMs.toFixed(3),
      ]),
    ),
  );
  console.log();
  for (const [key, value] of Object.entries(figures)) {
    if (typeof value === "number") console.log(`${key}  ${value.toFixed(3)}`);
  }
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  redis.disconnect();
  await Promise.all(more.map((added) => added.stop()));
  await precis.stop();
  for (const remove of removeLimits) await remove();
  await rm(home, { recursive: true, force: true });
}

async function node(name, ...args) {
  const { stdout } = await run(process.execPath, [script(name), ...args.map(String)], { maxBuffer: 1e8 });
  return JSON.parse(stdout);
}

/** Milliseconds of CPU time that a process has used. */
async function cpuOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
