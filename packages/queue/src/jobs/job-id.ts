import { createHash, randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeLength = 10;
const randomLength = 16;

/**
 * A new job id: `job_`, ten characters of time (ms, Crockford base 32, so that ids sort by age) and sixteen random ones
 * (80 bits). BullMQ allows neither `:` nor ids of digits alone.
 */
export function newJobId(now = Date.now()): string {
  return `job_${timeText(now)}${letters(takeRandom())}`;
}

/** A new batch id, built like a job id. */
export function newBatchId(now = Date.now()): string {
  return `batch_${timeText(now)}${letters(takeRandom())}`;
}

/** The id of a job in a batch: always the same, so that a batch written twice has its jobs once. */
export function batchJobId(batchId: string, index: number): string {
  const time = batchId.slice("batch_".length, "batch_".length + timeLength);
  const digest = createHash("sha256").update(`${batchId} ${index}`).digest();
  return `job_${time}${letters(digest.subarray(0, randomLength))}`;
}

/** The lowest id that a job created at `time` (Unix ms) or later can have. */
export function minJobId(time: number): string {
  return `job_${timeText(Math.max(0, time))}`;
}

/** Whether a string has the form of a job id. */
export function isJobId(text: string): boolean {
  return /^job_[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}

/** Whether a string has the form of a batch id. */
export function isBatchId(text: string): boolean {
  return /^batch_[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}

/** Random bytes for many ids: getting sixteen at a time costs more than the rest of a job id. */
const pool = Buffer.alloc(256 * randomLength);
let used = pool.length;

function takeRandom(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += randomLength;
  return pool.subarray(used - randomLength, used);
}

function timeText(time: number): string {
  let text = "";
  for (let rest = Math.floor(time), digit = 0; digit < timeLength; digit += 1, rest = Math.floor(rest / 32)) {
    text = alphabet[rest % 32] + text;
  }
  return text;
}

function letters(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += alphabet[byte % 32];
  return text;
}
