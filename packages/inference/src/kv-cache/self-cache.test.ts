import { describe, expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.js";
import type { CacheLayout } from "./cache-layout.js";
import { createSelfCache, type SelfCache, settleEvery } from "./self-cache.js";

const [heads, headSize] = [2, 3];
const shape = { vocabulary: 10, heads, headSize, crossInputs: [], crossOutputs: [], sharesCross: true };
const inTwo: CacheLayout = {
  ...shape,
  selfInputs: ["recent.key", "recent.value"],
  selfOutputs: ["grown.key", "grown.value"],
  settledInputs: ["settled.key", "settled.value"],
};
const inOne: CacheLayout = {
  ...shape,
  selfInputs: inTwo.selfInputs,
  selfOutputs: inTwo.selfOutputs,
  settledInputs: [],
};

/** What a row has in a part for a token of a head: tells rows, steps, heads and parts apart. */
const value = (row: number, step: number, head: number, part: number) => row * 10_000 + step * 100 + head * 10 + part;

/** Stands for a decoder: copies the part it is handed back and appends a token. */
function step(
  cache: SelfCache,
  layout: CacheLayout,
  feeds: Record<string, Tensorish>,
  rows: number[],
  at: number,
): void {
  Object.assign(feeds, cache.feeds(rows.length));
  const targets = cache.targets(rows.length);
  for (const [part, name] of layout.selfOutputs.entries()) {
    const [from, to] = [feeds[layout.selfInputs[part] as string] as Tensorish, targets[name] as Tensorish];
    const [tokens, grown] = [from.dims[2] as number, to.dims[2] as number];
    expect(grown).toBe(tokens + 1);
    for (const [place, row] of rows.entries()) {
      for (let head = 0; head < heads; head += 1) {
        const [source, target] = [(place * heads + head) * tokens, (place * heads + head) * grown];
        const old = from.data.slice(source * headSize, (source + tokens) * headSize);
        to.data.set(old, target * headSize);
        to.data.fill(value(row, at, head, part), (target + tokens) * headSize, (target + grown) * headSize);
      }
    }
  }
  cache.advance();
}

interface Tensorish {
  dims: readonly number[];
  data: Float32Array;
}

/** Both parts of what is fed, token by token, of one place. */
function read(
  layout: CacheLayout,
  feeds: Record<string, Tensorish>,
  place: number,
  head: number,
  part: number,
): number[] {
  return [layout.settledInputs[part], layout.selfInputs[part]].flatMap((name) => {
    if (name === undefined) return [];
    const { dims, data } = feeds[name] as Tensorish;
    const tokens = dims[2] as number;
    const first = (place * heads + head) * tokens;
    return Array.from({ length: tokens }, (_, token) => data[(first + token) * headSize] as number);
  });
}

describe.each([
  ["in two parts", inTwo],
  ["in one part", inOne],
])("a self-attention cache %s", (_name, layout) => {
  it("has every row's tokens in their order, whatever rows leave or are taken over", () => {
    const cache = createSelfCache(layout, createBufferPool());
    const feeds: Record<string, Tensorish> = {};
    let rows = [0, 1, 2, 3];
    /** What each place must hold: which row wrote which step. */
    let written: number[][] = rows.map(() => []);
    cache.expect(3 * settleEvery);
    const follow = (moves: { to: number; from: number }[]) => {
      cache.reorder(moves);
      const before = written;
      written = written.map((own, place) => [...(before[moves.find(({ to }) => to === place)?.from ?? place] ?? own)]);
    };
    for (let at = 0; at < 3 * settleEvery; at += 1) {
      step(cache, layout, feeds, rows, at);
      for (const [place, row] of rows.entries()) written[place]?.push(row);
      if (at === 5 || at === settleEvery + 3)
        follow([
          { to: 0, from: 1 },
          { to: 1, from: 0 },
        ]);
      // The last row leaves, and takes the place of another.
      if (at === settleEvery - 1 || at === 2 * settleEvery + 2) {
        follow([{ to: 0, from: rows.length - 1 }]);
        rows = rows.slice(0, -1);
      }
    }
    Object.assign(feeds, cache.feeds(rows.length));
    expect(rows).toHaveLength(2);
    for (const place of rows.keys()) {
      for (let head = 0; head < heads; head += 1) {
        for (const part of [0, 1]) {
          const expected = written[place]?.map((row, at) => value(row, at, head, part));
          expect(read(layout, feeds, place, head, part)).toEqual(expected);
        }
      }
    }
  });
});

it("hands the recent part alone to be written, and little of it", () => {
  const cache = createSelfCache(inTwo, createBufferPool());
  const feeds: Record<string, Tensorish> = {};
  const most = Array.from({ length: 5 * settleEvery }, (_, at) => {
    step(cache, inTwo, feeds, [0], at);
    return (feeds["recent.key"] as Tensorish).dims[2] as number;
  });
  expect(Math.max(...most)).toBe(settleEvery - 1);
  expect(feeds["settled.key"]?.dims).toEqual([1, heads, 4 * settleEvery, headSize]);
});

it("gives all buffers back", () => {
  const pool = createBufferPool();
  const taken: Float32Array[] = [];
  const given: Float32Array[] = [];
  const counted = {
    ...pool,
    take: (length: number) => {
      const buffer = pool.take(length);
      taken.push(buffer);
      return buffer;
    },
    give: (buffer: Float32Array) => {
      if (buffer.length > 0) given.push(buffer);
      pool.give(buffer);
    },
  };
  const cache = createSelfCache(inTwo, counted);
  for (let at = 0; at < 3 * settleEvery; at += 1) step(cache, inTwo, {}, [0, 1], at);
  cache.release();
  expect(taken.length).toBeGreaterThan(2);
  expect(new Set(given)).toEqual(new Set(taken));
});
