import { Tensor } from "onnxruntime-node";
import type { CacheLayout } from "./cache-layout.js";

/** What the encoder has made of one text. */
export interface Encoded {
  /** Tokens of the text. */
  length: number;
  /** Cross-attention cache over `length` tokens, by layer, key before value. */
  cross: readonly Float32Array[];
}

/** The caches of rows that run together; all have the same number of decoder steps behind them. */
export interface BatchState {
  readonly rows: number;
  /** Caches and mask as the next step reads them. */
  feeds(): Record<string, Tensor>;
  /** Where the next step writes the self-attention caches. */
  targets(): Record<string, Tensor>;
  /** The step has written them. */
  advance(): void;
  /** Row `to` goes on with the self-attention cache of row `from`, for all moves at once. */
  reorder(moves: readonly { to: number; from: number }[]): void;
  /** Removes a row; the last row takes its place. */
  remove(row: number): void;
}

/** Tokens a new batch has room for; doubled whenever they do not suffice. */
const firstRoom = 32;

/** A batch before its first step. Takes the caches over: with a single row they are not copied. */
export function createBatchState(encoded: readonly Encoded[], layout: CacheLayout): BatchState {
  const { heads, headSize } = layout;
  const length = Math.max(...encoded.map((text) => text.length));
  const crossSize = heads * length * headSize;
  const crossCaches = layout.crossInputs.map((_, part) => joinCaches(encoded, part, length, layout));
  const mask = new BigInt64Array(encoded.length * length);
  encoded.forEach((text, row) => {
    mask.fill(1n, row * length, row * length + text.length);
  });
  // A step reads one half and writes the other, so that none leaves caches behind for the garbage collector: with the
  // shape of bart-large-cnn each would leave 100 kB a row and token.
  let room = 0;
  let now = layout.selfInputs.map(() => new Float32Array(0));
  let next = now;
  let steps = 0;
  let rows = encoded.length;
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
        feeds[name] = tensor(now[part] as Float32Array, steps);
      });
      layout.crossInputs.forEach((name, part) => {
        feeds[name] = tensor(crossCaches[part] as Float32Array, length);
      });
      return feeds;
    },
    targets: () => {
      if (steps === room) room = Math.max(firstRoom, 2 * room);
      const size = rows * heads * room * headSize;
      next = next.map((cache) =>
        cache.length < rows * heads * (steps + 1) * headSize ? new Float32Array(size) : cache,
      );
      return Object.fromEntries(
        layout.selfOutputs.map((name, part) => [name, tensor(next[part] as Float32Array, steps + 1)]),
      );
    },
    advance: () => {
      [now, next] = [next, now];
      steps += 1;
    },
    reorder: (moves) => {
      const size = heads * steps * headSize;
      for (const cache of now) {
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
      for (const cache of now) move(cache, heads * steps * headSize);
      for (const cache of crossCaches) move(cache, crossSize);
      move(mask, length);
    },
  };
}

/** One part of the cross-attention caches of all rows, each padded to `length` tokens. */
function joinCaches(
  encoded: readonly Encoded[],
  part: number,
  length: number,
  { heads, headSize }: CacheLayout,
): Float32Array {
  const [first] = encoded;
  if (encoded.length === 1 && first !== undefined) return first.cross[part] as Float32Array;
  const joined = new Float32Array(encoded.length * heads * length * headSize);
  encoded.forEach((text, row) => {
    const cache = text.cross[part] as Float32Array;
    for (let head = 0; head < heads; head += 1) {
      const from = head * text.length * headSize;
      joined.set(cache.subarray(from, from + text.length * headSize), (row * heads + head) * length * headSize);
    }
  });
  return joined;
}
