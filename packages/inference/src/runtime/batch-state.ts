import { Tensor } from "onnxruntime-node";
import type { CacheLayout } from "./cache-layout.js";

/** One row's caches, as the first decoder step leaves them. */
export interface RowState {
  /** Tokens of the encoded text. */
  length: number;
  /** Self-attention cache of one step, by layer, key before value. */
  self: readonly Float32Array[];
  /** Cross-attention cache over `length` tokens, in the same order. */
  cross: readonly Float32Array[];
}

/** The caches of rows that run together; all have the same number of decoder steps behind them. */
export interface BatchState {
  readonly rows: number;
  /** Inputs of the next step. */
  feeds(): Record<string, Tensor>;
  /** Takes the self-attention caches a step has put out. */
  append(self: Float32Array[]): void;
  /** Row `to` goes on with the self-attention cache of row `from`, for all moves at once. */
  reorder(moves: readonly { to: number; from: number }[]): void;
  /** Removes a row; the last row takes its place. */
  remove(row: number): void;
}

export function createBatchState(states: readonly RowState[], layout: CacheLayout): BatchState {
  const { heads, headSize } = layout;
  const length = Math.max(...states.map((state) => state.length));
  const crossSize = heads * length * headSize;
  const crossCaches = layout.crossInputs.map((_, part) => {
    const cache = new Float32Array(states.length * crossSize);
    states.forEach((state, row) => {
      pad(state.cross[part] as Float32Array, cache, row * crossSize, {
        heads,
        from: state.length,
        to: length,
        headSize,
      });
    });
    return cache;
  });
  const mask = new BigInt64Array(states.length * length);
  states.forEach((state, row) => {
    mask.fill(1n, row * length, row * length + state.length);
  });
  let selfCaches = layout.selfInputs.map((_, part) => concat(states.map((state) => state.self[part] as Float32Array)));
  let steps = 1;
  let rows = states.length;
  const tensor = (cache: Float32Array, tokens: number) =>
    new Tensor("float32", cache.subarray(0, rows * heads * tokens * headSize), [rows, heads, tokens, headSize]);

  return {
    get rows() {
      return rows;
    },
    feeds: () => {
      const feeds: Record<string, Tensor> = {
        encoder_attention_mask: new Tensor("int64", mask.subarray(0, rows * length), [rows, length]),
      };
      layout.selfInputs.forEach((name, part) => {
        feeds[name] = tensor(selfCaches[part] as Float32Array, steps);
      });
      layout.crossInputs.forEach((name, part) => {
        feeds[name] = tensor(crossCaches[part] as Float32Array, length);
      });
      return feeds;
    },
    append: (self) => {
      selfCaches = self;
      steps += 1;
    },
    reorder: (moves) => {
      const size = heads * steps * headSize;
      for (const cache of selfCaches) {
        const sources = moves.map(({ from }) => cache.slice(from * size, (from + 1) * size));
        moves.forEach(({ to }, index) => {
          cache.set(sources[index] as Float32Array, to * size);
        });
      }
    },
    // Moving one row costs less than a batch of new arrays, and less than going on with a row nobody needs.
    remove: (row) => {
      rows -= 1;
      if (row === rows) return;
      const move = (cache: Float32Array | BigInt64Array, size: number) =>
        cache.copyWithin(row * size, rows * size, (rows + 1) * size);
      for (const cache of selfCaches) move(cache, heads * steps * headSize);
      for (const cache of crossCaches) move(cache, crossSize);
      move(mask, length);
    },
  };
}

function pad(
  source: Float32Array,
  target: Float32Array,
  at: number,
  { heads, from, to, headSize }: { heads: number; from: number; to: number; headSize: number },
): void {
  for (let head = 0; head < heads; head += 1) {
    const start = head * from * headSize;
    target.set(source.subarray(start, start + from * headSize), at + head * to * headSize);
  }
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
