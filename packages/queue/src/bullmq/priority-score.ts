/** BullMQ 6.7 orders its sorted set of waiting jobs by priority × 2³² + a running number. */
const priorityScale = 2 ** 32;

/** Scores of the jobs of one priority, as arguments of ZRANGEBYSCORE. */
export function scoresOf(priority: number): [min: number, max: string] {
  return [priority * priorityScale, `(${(priority + 1) * priorityScale}`];
}
