/**
 * Lua that stores what belongs to a job beside BullMQ's own keys: its text, and its entries in the three indexes.
 *
 * @param names Lua expressions: the keys of the text and of the indexes `jobs`, `expiries`, `deadlines`; the job's id and
 * text; ms to keep the text; when to look at the job; when it must start, or ""
 */
export function storeText(names: {
  textKey: string;
  jobs: string;
  expiries: string;
  deadlines: string;
  id: string;
  text: string;
  ttlMs: string;
  lookAt: string;
  startBy: string;
}): string {
  const { textKey, jobs, expiries, deadlines, id, text, ttlMs, lookAt, startBy } = names;
  return `
redis.call("SET", ${textKey}, ${text}, "PX", ${ttlMs})
redis.call("ZADD", ${jobs}, 0, ${id})
redis.call("ZADD", ${expiries}, ${lookAt}, ${id})
if ${startBy} ~= "" then redis.call("ZADD", ${deadlines}, ${startBy}, ${id}) end`;
}
