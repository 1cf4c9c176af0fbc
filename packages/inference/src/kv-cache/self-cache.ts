import type { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import { type CacheLayout, cacheViews } from "./cache-layout.js";

/**
 * The self-attention caches of rows that run together. A step writes the part it is told to (`targets`) in place, one token
 * longer than it was. Where a decoder takes the cache in two parts, that is the last few tokens only; the others are
 * settled, and written anew when the few have become many.
 */
export interface SelfCache {
  /** At most so many steps are to come; saves larger buffers later. */
  expect(steps: number): void;
  /**
   * What has to be changed in the last step's feeds for the next one of the first `rows` rows; there are never more rows than
   * at the first step.
   */
  feeds(rows: number): Record<string, Tensor>;
  /** Where it writes. */
  targets(rows: number): Record<string, Tensor>;
  /** It has written. */
  advance(): void;
  /** Row `to` goes on with the cache of row `from`, for all moves at once. */
  reorder(moves: readonly { to: number; from: number }[]): void;
  /** Gives the buffers back; the cache is not used any more. */
  release(): void;
}

/**
 * Tokens of the recent part before it is settled. onnxruntime-node hands it back by a copy at every step, twice as much of
 * it when this is doubled; settling copies the whole, half as often then.
 */
export const settleEvery = 16;

export function createSelfCache(layout: CacheLayout, pool: BufferPool): SelfCache {
  const { heads, headSize } = layout;
  const parts = layout.selfInputs.length;
  const settles = layout.settledInputs.length > 0;
  const none: Float32Array = new Float32Array(0);
  /** Rows there is room for in each part. */
  let capacity = 0;
  let mostSteps = 1;
  let [now, next, steps] = [none, none, 0];
  let [settled, settledSteps] = [none, 0];
  /** Rows of the settled part as it was fed last; undefined when it has become another. */
  let settledRows: number | undefined;

  const rowSize = (tokens: number) => heads * tokens * headSize;
  const sizeOf = (tokens: number) => parts * capacity * rowSize(tokens);
  const views = (names: readonly string[], cache: Float32Array, count: number, tokens: number) =>
    cacheViews(cache, names, capacity * rowSize(tokens), [count, heads, tokens, headSize]);
  const copyRows = (cache: Float32Array, tokens: number, moves: readonly { to: number; from: number }[]) => {
    const size = rowSize(tokens);
    for (let part = 0; part < parts; part += 1) {
      const base = part * capacity * size;
      const sources = moves.map(({ from }) => cache.slice(base + from * size, base + (from + 1) * size));
      moves.forEach(({ to }, index) => {
        cache.set(sources[index] as Float32Array, base + to * size);
      });
    }
  };
  const settle = (count: number) => {
    const tokens = settledSteps + steps;
    const mostSettled = Math.floor((mostSteps - 1) / settleEvery) * settleEvery;
    const fits = settled.length >= sizeOf(tokens);
    const target = fits ? settled : pool.take(sizeOf(Math.max(mostSettled, tokens)));
    const [older, newer, all] = [settledSteps * headSize, steps * headSize, tokens * headSize];
    // Backwards: in the same buffer everything moves to higher places.
    for (let part = parts - 1; part >= 0; part -= 1) {
      const first = part * capacity * heads;
      for (let head = first + count * heads - 1; head >= first; head -= 1) {
        const place = head * all;
        target.set(settled.subarray(head * older, (head + 1) * older), place);
        target.set(now.subarray(head * newer, (head + 1) * newer), place + older);
      }
    }
    if (!fits) pool.give(settled);
    [settled, settledSteps, steps, settledRows] = [target, tokens, 0, undefined];
  };

  return {
    expect: (most) => {
      mostSteps = most;
    },
    feeds: (count) => {
      if (capacity === 0) capacity = count;
      if (settles && steps === settleEvery) settle(count);
      const changing = views(layout.selfInputs, now, count, steps);
      if (settledRows === count) return changing;
      settledRows = count;
      return Object.assign(changing, views(layout.settledInputs, settled, count, settledSteps));
    },
    targets: (count) => {
      if (next.length < sizeOf(steps + 1)) {
        // Memory that is not written to yet takes none.
        const most = settles ? settleEvery : mostSteps;
        const larger = pool.take(sizeOf(Math.max(most, steps + 1)));
        pool.give(next);
        next = larger;
      }
      return views(layout.selfOutputs, next, count, steps + 1);
    },
    advance: () => {
      [now, next] = [next, now];
      steps += 1;
    },
    reorder: (moves) => {
      copyRows(now, steps, moves);
      copyRows(settled, settledSteps, moves);
    },
    release: () => {
      for (const buffer of [now, next, settled]) pool.give(buffer);
      [now, next, settled] = [none, none, none];
    },
  };
}
