import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * A new job id: `job_`, ten characters of time (ms, Crockford base 32, so that ids sort by age) and sixteen random ones
 * (80 bits). BullMQ allows neither `:` nor ids of digits alone.
 */
export function newJobId(now = Date.now()): string {
  let time = "";
  for (let rest = now, digit = 0; digit < 10; digit += 1, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32] + time;
  const random = Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join("");
  return `job_${time}${random}`;
}
