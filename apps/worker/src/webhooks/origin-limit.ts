/** Limits concurrent requests to one origin, so that a slow endpoint cannot occupy every delivery slot of a worker. */
export function createOriginLimit(max: number): {
  /** Claims a slot and returns the function that releases it; `undefined` if the origin has `max` requests running. */
  acquire(url: string): (() => void) | undefined;
} {
  const running = new Map<string, number>();
  return {
    acquire: (url) => {
      const { origin } = new URL(url);
      const before = running.get(origin) ?? 0;
      if (before >= max) return undefined;
      running.set(origin, before + 1);
      return () => {
        const left = (running.get(origin) ?? 1) - 1;
        if (left === 0) running.delete(origin);
        else running.set(origin, left);
      };
    },
  };
}
