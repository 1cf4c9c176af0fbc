// `npm run bench:api`: how fast texts can be submitted over HTTP beside bare `queue.add` with the same 3 KB text, and how
// fast a job's status can be read; from one run, alternating. --seconds N: length of each part (default 4). --rounds N
// (default 3). --json FILE: the figures.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { loadConfig } from "../../packages/config/dist/index.js";
import { launch } from "../../packages/launcher/dist/index.js";
import { connect } from "../../packages/redis/dist/index.js";
import { describeMachine } from "../report/machine.mjs";
import { formatTable } from "../report/table.mjs";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const ms = Number(flags.seconds) * 1_000;
const connections = 64;
const run = promisify(execFile);
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const home = await mkdtemp(join(tmpdir(), "precis-bench-api-"));
const env = { ...process.env, PORT: "0", REDIS_URL: "", PRECIS_HOME: home, WORKERS: "0", LOG_LEVEL: "error" };
env.MAX_QUEUE_DEPTH = "1000000000";
const precis = await launch({ config: loadConfig(env), env, output: "inherit", onProgress: () => {} });
const redis = await connect(precis.redis.url, "background");

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

  async function submit(duration, rate = 0) {
    return http("POST", "/api/v1/summarize", bodyFile, duration, rate);
  }

  /** Requests per second, and what one costs the API process in CPU time. */
  async function http(method, path, file, duration, rate = 0) {
    const before = await apiCpu();
    const found = await node("client-process.mjs", port, method, path, file, connections, duration, rate);
    const count = found.perSecond * (duration / 1_000);
    const wrong = Object.keys(found.statuses).filter((status) => !["200", "202"].includes(status));
    if (wrong.length > 0) throw new Error(`${method} ${path}: ${JSON.stringify(found.statuses)}`);
    return { ...found, cpuMs: ((await apiCpu()) - before) / count };
  }

  const middle = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
  const median = (name, field) => middle(rows[name].map((row) => row[field]));
  const figures = {
    machine: describeMachine(),
    bareAddsPerSecond: median("bare", "perSecond"),
    submitsPerSecond: median("submit", "perSecond"),
    submitOverBare: middle(rows.submit.map((row, index) => row.perSecond / rows.bare[index].perSecond)),
    submitOverBareByCpu: middle(rows.submit.map((row, index) => rows.bare[index].cpuMs / row.cpuMs)),
    statusReadsPerSecond: median("status", "perSecond"),
    statusReadsPerCpuSecond: 1_000 / median("status", "cpuMs"),
    halfLoadP50Ms: median("half", "p50"),
    halfLoadP99Ms: median("half", "p99"),
  };
  const cells = [
    ["bare queue.add", median("bare", "perSecond"), 1_000 / median("bare", "cpuMs"), undefined, undefined],
    ...[
      ["POST /api/v1/summarize", "submit"],
      ["… at half that load", "half"],
      ["GET /api/v1/jobs/{id}", "status"],
    ].map(([title, name]) => [
      title,
      median(name, "perSecond"),
      1_000 / median(name, "cpuMs"),
      median(name, "p50"),
      median(name, "p99"),
    ]),
  ].map(([title, ...numbers]) => [title, ...numbers.map((number) => number?.toFixed(number < 100 ? 1 : 0))]);
  console.log(`\nOne API process, 3 KB texts, ${connections} connections · ${figures.machine}\n`);
  console.log(formatTable(["", "per second", "per CPU second", "p50 ms", "p99 ms"], cells));
  console.log();
  for (const [key, value] of Object.entries(figures).slice(1)) console.log(`${key}  ${value.toFixed(3)}`);
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  redis.disconnect();
  await precis.stop();
  await rm(home, { recursive: true, force: true });
}

async function node(name, ...args) {
  const { stdout } = await run(process.execPath, [script(name), ...args.map(String)], { maxBuffer: 1e8 });
  return JSON.parse(stdout);
}

/** Milliseconds of CPU the API process has used. */
async function apiCpu() {
  const stat = await readFile(`/proc/${precis.api.child.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
