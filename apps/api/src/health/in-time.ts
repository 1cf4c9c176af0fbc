/** A probe gets its response within this time, also from a Redis that is connected but hangs. */
const timeoutMs = 400;

/** What a probe reads; rejects when it takes too long. */
export async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // After the timeout nobody awaits a rejection.
    work.catch(() => {});
  }
}
