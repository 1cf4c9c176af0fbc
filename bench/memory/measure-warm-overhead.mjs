import { openJobQueue, openJobWatcher } from "@precis/queue";
import { connect, redisKeys } from "@precis/redis";
import { modelSets } from "../models/paths.mjs";
import { receiveTraces, spanMs } from "../process/receive-traces.mjs";
import { startPrecis } from "../process/start-precis.mjs";
import { waitUntil } from "../process/wait-until.mjs";

/** Jobs that are run first, so that the code is compiled. */
const warmUp = 10;

/**
 * What a job on a loaded model costs over the model process's own time, in milliseconds, one job after the other: `claimed`
 * from the moment a worker has claimed it until a waiter holds its result; `submitted` from its submission to the
 * queue. The jobs run in Precis as users start it, with traces on: the spans say when a job was claimed, and how long its model
 * process took.
 */
export async function measureWarmOverhead(setName, { texts, times = 60 }) {
  const traces = await receiveTraces();
  const precis = await startPrecis(modelSets[setName].manifest, {
    MODEL_THREADS: "1",
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
    OTEL_BSP_SCHEDULE_DELAY: "500",
  });
  const keys = redisKeys(precis.redisPrefix);
  const [redis, requests, subscriber] = await Promise.all(
    ["background", "request", "background"].map((role) => connect(precis.redisUrl, role)),
  );
  const queue = openJobQueue({ keys, redis: requests, attempts: 1, textTtlMs: 3_600_000, webhookScheduleMs: [1_000] });
  const watcher = openJobWatcher({ url: precis.redisUrl, keys, queue, redis, subscriber });
  try {
    await precis.load(["bart"]);
    const jobs = [];
    for (let job = 0; job < warmUp + times; job += 1) {
      const text = texts[job % texts.length].split(" ").slice(0, 30).join(" ");
      jobs.push(await runJob({ queue, watcher }, text));
    }
    return overheads(jobs.slice(warmUp), traces.spans);
  } finally {
    await watcher.close();
    await queue.close();
    redis.disconnect();
    requests.disconnect();
    await precis.stop();
    traces.stop();
  }
}

/** @returns the job's id, and when it was submitted and when its result was here, in Unix milliseconds */
async function runJob({ queue, watcher }, text) {
  const data = { version: 1, model: "bart", maxLength: 8, minLength: 0, resultTtlSeconds: 3_600, textBytes: 200 };
  const start = now();
  const { id } = await queue.submit(data, text);
  const job = await watcher.waitForEnd(id, 60_000, undefined, true);
  const end = now();
  if (job?.status !== "completed") throw new Error(`the job was not done: ${JSON.stringify(job)}`);
  return { id, start, end };
}

const now = () => performance.timeOrigin + performance.now();

async function overheads(jobs, spans) {
  const worked = new Map();
  await waitUntil("the spans of every job", () => {
    const inModel = new Map(spans.map((span) => [span.parentSpanId, span]));
    for (const span of spans.filter(({ name }) => name === "process summarize")) {
      const id = span.attributes.find(({ key }) => key === "bullmq.job.id")?.value.stringValue;
      const model = inModel.get(span.spanId);
      if (model === undefined) continue;
      const modelMs = spanMs(model.endTimeUnixNano) - spanMs(model.startTimeUnixNano);
      worked.set(id, { claimedAt: spanMs(span.startTimeUnixNano), modelMs });
    }
    return jobs.every(({ id }) => worked.has(id));
  });
  return {
    // A span's start is cut to whole milliseconds, which is half of one on average.
    claimed: jobs.map(({ id, end }) => end - worked.get(id).claimedAt - 0.5 - worked.get(id).modelMs),
    submitted: jobs.map(({ id, start, end }) => end - start - worked.get(id).modelMs),
  };
}
