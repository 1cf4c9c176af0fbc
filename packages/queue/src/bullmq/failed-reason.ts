/** BullMQ stores a failure as one string. Ours are `code: message`, so that the board can show them too. */
export function formatReason(code: string, message: string): string {
  return `${code}: ${message}`;
}

/** Code and message of a failure that `formatReason` made; `undefined` for BullMQ's own reasons. */
export function parseReason(reason: string): { code: string; message: string } | undefined {
  const match = /^([a-z_]+): (.*)$/s.exec(reason);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { code: match[1], message: match[2] };
}

/** Whether BullMQ gave the job up because its workers kept dying. */
export function isStalledReason(reason: string): boolean {
  return reason.includes("job stalled more than");
}
