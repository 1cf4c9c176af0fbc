import { describe, expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.js";
import type { CacheLayout } from "./cache-layout.js";
import { commitEvery, type Move, SelfCache } from "./self-cache.js";

const [heads, headSize] = [2, 3];
const shape = { vocabulary: 10, heads, headSize, crossInputs: [], crossOutputs: [], sharesCross: true };
const inTwoParts: CacheLayout = {
  ...shape,
  selfInputs: ["tail.key", "tail.value"],
  selfOutputs: ["new_tail.key", "new_tail.value"],
  committedInputs: ["committed.key", "committed.value"],
};
const inOnePart: CacheLayout = {
  ...shape,
  selfInputs: inTwoParts.selfInputs,
  selfOutputs: inTwoParts.selfOutputs,
  committedInputs: [],
};

interface Tensorish {
  dims: readonly number[];
  data: Float32Array;
}

/** The value of a sequence in a part for a token of a head: different for each sequence, step, head and part. */
const expectedValue = (sequence: number, step: number, head: number, part: number) =>
  sequence * 10_000 + step * 100 + head * 10 + part;

/** Stands in for a decoder: copies the part that it returns and appends a token. */
function step(
  cache: SelfCache,
  layout: CacheLayout,
  feeds: Record<string, Tensorish>,
  sequences: number[],
  at: number,
): void {
  Object.assign(feeds, cache.feeds(sequences.length));
  const targets = cache.targets(sequences.length);
  for (const [part, name] of layout.selfOutputs.entries()) {
    const [from, to] = [feeds[layout.selfInputs[part] as string] as Tensorish, targets[name] as Tensorish];
    const [tokens, newTokens] = [from.dims[2] as number, to.dims[2] as number];
    expect(newTokens).toBe(tokens + 1);
    for (const [position, sequence] of sequences.entries()) {
      for (let head = 0; head < heads; head += 1) {
        const [source, target] = [(position * heads + head) * tokens, (position * heads + head) * newTokens];
        const old = from.data.slice(source * headSize, (source + tokens) * headSize);
        to.data.set(old, target * headSize);
        to.data.fill(
          expectedValue(sequence, at, head, part),
          (target + tokens) * headSize,
          (target + newTokens) * headSize,
        );
      }
    }
  }
  cache.advance();
}

/** Reads both parts of what is fed at one position, token by token. */
function read(
  layout: CacheLayout,
  feeds: Record<string, Tensorish>,
  position: number,
  head: number,
  part: number,
): number[] {
  return [layout.committedInputs[part], layout.selfInputs[part]].flatMap((name) => {
    if (name === undefined) return [];
    const { dims, data } = feeds[name] as Tensorish;
    const tokens = dims[2] as number;
    const first = (position * heads + head) * tokens;
    return Array.from({ length: tokens }, (_, token) => data[(first + token) * headSize] as number);
  });
}

describe.each([
  ["in two parts", inTwoParts],
  ["in one part", inOnePart],
])("a self-attention cache %s", (_name, layout) => {
  it("holds the tokens of every sequence in order while sequences are removed and reordered", () => {
    const cache = new SelfCache(layout, createBufferPool());
    const feeds: Record<string, Tensorish> = {};
    let sequences = [0, 1, 2, 3];
    /** The expected contents of each position: the sequence that wrote each step. */
    let written: number[][] = sequences.map(() => []);
    cache.expectSteps(3 * commitEvery);
    const reorder = (moves: Move[]) => {
      cache.reorder(moves);
      const before = written;
      written = written.map((own, at) => [...(before[moves.find(({ to }) => to === at)?.from ?? at] ?? own)]);
    };
    for (let at = 0; at < 3 * commitEvery; at += 1) {
      step(cache, layout, feeds, sequences, at);
      for (const [position, sequence] of sequences.entries()) written[position]?.push(sequence);
      if (at === 5 || at === commitEvery + 3)
        reorder([
          { to: 0, from: 1 },
          { to: 1, from: 0 },
        ]);
      // The first sequence is removed; the last one moves to its position.
      if (at === commitEvery - 1 || at === 2 * commitEvery + 2) {
        reorder([{ to: 0, from: sequences.length - 1 }]);
        sequences = sequences.slice(0, -1);
      }
    }
    Object.assign(feeds, cache.feeds(sequences.length));
    expect(sequences).toHaveLength(2);
    for (const position of sequences.keys()) {
      for (let head = 0; head < heads; head += 1) {
        for (const part of [0, 1]) {
          const expected = written[position]?.map((sequence, at) => expectedValue(sequence, at, head, part));
          expect(read(layout, feeds, position, head, part)).toEqual(expected);
        }
      }
    }
  });
});

it("has a step write the tail only, which stays short", () => {
  const cache = new SelfCache(inTwoParts, createBufferPool());
  const feeds: Record<string, Tensorish> = {};
  const tailTokens = Array.from({ length: 5 * commitEvery }, (_, at) => {
    step(cache, inTwoParts, feeds, [0], at);
    return (feeds["tail.key"] as Tensorish).dims[2] as number;
  });
  expect(Math.max(...tailTokens)).toBe(commitEvery - 1);
  expect(feeds["committed.key"]?.dims).toEqual([1, heads, 4 * commitEvery, headSize]);
});

it("returns all buffers to the pool", () => {
  const pool = createBufferPool();
  const acquired: Float32Array[] = [];
  const released: Float32Array[] = [];
  const counted = {
    ...pool,
    acquire: (length: number) => {
      const buffer = pool.acquire(length);
      acquired.push(buffer);
      return buffer;
    },
    release: (buffer: Float32Array) => {
      if (buffer.length > 0) released.push(buffer);
      pool.release(buffer);
    },
  };
  const cache = new SelfCache(inTwoParts, counted);
  for (let at = 0; at < 3 * commitEvery; at += 1) step(cache, inTwoParts, {}, [0, 1], at);
  cache.release();
  expect(acquired.length).toBeGreaterThan(2);
  expect(new Set(released)).toEqual(new Set(acquired));
});
