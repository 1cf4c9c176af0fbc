import type { JobData } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { FlowProducer, JobsOptions, Queue } from "bullmq";
import { commonOptions, priorityOf } from "../bullmq/job-options.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { deliveryFlow } from "../deliveries/delivery-job.js";
import { gather } from "../gather.js";
import { createPlainJobWriter } from "../write-plain-jobs.js";
import { forgetJob } from "./delete-job-data.js";

/** A job about to be written. */
export interface NewJob {
  id: string;
  data: JobData;
  text: string;
}

/** Where jobs are written to. */
export interface AddJobsInto {
  bull: Queue;
  flows: FlowProducer;
  redis: Redis;
  keys: Keys;
  textTtlMs: number;
  /** Waits before each attempt to deliver a webhook. */
  scheduleMs: readonly number[];
  /** Whether BullMQ puts each add into a span, and the span's context into the job. */
  traced: boolean;
}

/**
 * Writes texts, index entries and jobs; when it resolves all of them are in Redis. Writing a job whose id exists changes
 * nothing.
 *
 * @param fresh whether no job can have one of these ids yet, so that after a failure they may be removed again
 * @throws when any part was not written; then none of the jobs counts as accepted.
 */
export type AddJobs = (jobs: readonly NewJob[], fresh: boolean) => Promise<void>;

/**
 * One script writes so much at most. While it runs Redis answers nobody else, and 16 jobs of 3 KB take it 0.8 ms; and it
 * should have the first of many to work on while the rest are still being read.
 */
const together = { items: 16, size: 262_144, sizeOf: ({ text }: NewJob) => text.length };

/**
 * Stores what belongs to a job beside BullMQ's own keys: its text, and its entries in the three indexes.
 *
 * KEYS: text, jobs, expiries, deadlines; ARGV: id, text, ms to keep the text, when to look at it, when to start or "".
 */
const store = `
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
redis.call("ZADD", KEYS[2], 0, ARGV[1])
redis.call("ZADD", KEYS[3], ARGV[4], ARGV[1])
if ARGV[5] ~= "" then redis.call("ZADD", KEYS[4], ARGV[5], ARGV[1]) end`;

export function createJobAdder(into: AddJobsInto): AddJobs {
  const { bull, redis, keys, textTtlMs, traced } = into;
  const write = createPlainJobWriter(bull, redis, keys);
  const writeOne = gather((jobs: readonly NewJob[]) => write(jobs, textTtlMs), together);
  const isPlain = ({ data }: NewJob) => !traced && data.webhook === undefined;
  return async (jobs, fresh) => {
    const [only] = jobs;
    if (only !== undefined && jobs.length === 1 && isPlain(only)) {
      // The common case, without a promise more than it needs.
      return fresh ? writeOne(only).catch((error) => takeBack(into, jobs, error)) : writeOne(only);
    }
    const plain = jobs.filter(isPlain);
    const others = jobs.filter((job) => !isPlain(job));
    const outcomes = await Promise.allSettled([...plain.map(writeOne), addThroughBull(into, others, fresh)]);
    const fault = outcomes.find((outcome) => outcome.status === "rejected");
    if (fault === undefined) return;
    if (fresh) takeBack(into, plain, fault.reason);
    throw fault.reason;
  };
}

/**
 * Nobody was told of these jobs, but they may be there, or will be: Redis may answer later than anybody waits. Commands of
 * one connection are done in their order, so what is sent now comes after the job even then. Nobody waits for this, and it
 * may fail: when the connection is lost, what Redis did before stays.
 */
function takeBack({ bull, redis, keys }: AddJobsInto, jobs: readonly NewJob[], error: unknown): never {
  for (const { id, data } of jobs) {
    bull.remove(id).catch(() => {});
    forgetJob(redis, keys, id, data).catch(() => {});
  }
  throw error;
}

/** The jobs BullMQ must add itself: those that are flows, and all while it traces what it adds. */
async function addThroughBull(into: AddJobsInto, jobs: readonly NewJob[], fresh: boolean): Promise<void> {
  if (jobs.length === 0) return;
  const { bull, redis, keys, textTtlMs } = into;
  const now = Date.now();
  const index = [keys.jobs, keys.expiries, keys.deadlines];
  const stored = jobs.map(({ id, data, text }) => {
    const expiry = now + data.resultTtlSeconds * 1_000;
    // In full and not by its digest: a server that does not know that would have it sent again, after the job.
    return redis.eval(store, 4, keys.text(id), ...index, id, text, textTtlMs, expiry, data.startBy ?? "");
  });
  // Sent one after the other on one connection without waiting in between: the text is there before its job.
  const [added, ...others] = await Promise.allSettled([addToBull(into, jobs), ...stored]);
  const fault = [added, ...others].find((outcome) => outcome.status === "rejected");
  if (fault === undefined) return;
  if (fresh && added.status === "fulfilled") await Promise.allSettled(jobs.map(({ id }) => bull.remove(id)));
  throw fault.reason;
}

async function addToBull(into: AddJobsInto, jobs: readonly NewJob[]): Promise<void> {
  const { bull } = into;
  const plain = jobs.filter(({ data }) => data.webhook === undefined);
  const [only] = plain;
  const adding: Promise<unknown>[] = plain.length < jobs.length ? [addWithWebhooks(into, jobs)] : [];
  if (only !== undefined && plain.length === 1) adding.push(bull.add("summarize", only.data, optionsOf(only)));
  else if (only !== undefined) {
    adding.push(bull.addBulk(plain.map((job) => ({ name: "summarize", data: job.data, opts: optionsOf(job) }))));
  }
  await Promise.all(adding);
}

/** Adds each job that has a webhook under the delivery of it. */
async function addWithWebhooks(into: AddJobsInto, jobs: readonly NewJob[]): Promise<void> {
  const { bull, flows, redis, keys, scheduleMs } = into;
  const hooked = jobs.flatMap((job) => {
    const { webhook } = job.data;
    const opts = { ...bull.defaultJobOptions, ...optionsOf(job) };
    const child = { name: "summarize", queueName: summarizeQueueName, data: job.data, opts };
    return webhook === undefined ? [] : [deliveryFlow(child, webhook, scheduleMs)];
  });
  await Promise.all(hooked.map((flow) => flows.add(flow)));
  // BullMQ 6.7 reports a flow whose parent was written, and nothing of its children.
  const written = await redis.exists(
    hooked.map(({ children }) => `${keys.prefix}:${summarizeQueueName}:${children?.[0]?.opts?.jobId}`),
  );
  if (written < hooked.length) throw new Error("a job with a webhook was not written");
}

function optionsOf({ id, data }: NewJob): JobsOptions & { jobId: string } {
  return { ...commonOptions, jobId: id, priority: priorityOf(data) };
}
