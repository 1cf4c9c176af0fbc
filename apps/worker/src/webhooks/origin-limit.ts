/** Limits the calls to one origin at a time, so that one slow receiver does not take every place there is. */
export function createOriginShare(most: number): {
  /** Takes a place and gives the way to give it back; `undefined` when that origin has its share already. */
  take(url: string): (() => void) | undefined;
} {
  const taken = new Map<string, number>();
  return {
    take: (url) => {
      const { origin } = new URL(url);
      const before = taken.get(origin) ?? 0;
      if (before >= most) return undefined;
      taken.set(origin, before + 1);
      return () => {
        const left = (taken.get(origin) ?? 1) - 1;
        if (left === 0) taken.delete(origin);
        else taken.set(origin, left);
      };
    },
  };
}
