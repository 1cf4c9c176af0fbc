import { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import type { CacheLayout } from "./cache-layout.js";

/** Where the cross-attention cache of a text is to be written. */
export interface Place {
  targets: Record<string, Tensor>;
  /** It has been written: the text's rows are part of the batch. */
  done(): void;
}

/**
 * The caches of rows that run together; all have the same number of decoder steps behind them. Each kind of cache lies
 * in one buffer, layer after layer, and is written in place.
 */
export interface BatchState {
  readonly rows: number;
  /** Makes room for so many more rows of texts of at most `tokens` tokens; saves moving rows when several are to come. */
  reserve(rows: number, tokens: number): void;
  /** At most so many steps are to come; saves larger buffers later. */
  expect(steps: number): void;
  /** A place for a text of `tokens` tokens, which becomes `beams` equal rows. Before the first step only. */
  place(tokens: number, beams: number): Place;
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
  /** Gives the buffers back; the batch is not used any more. */
  release(): void;
}

/**
 * Texts are padded to a multiple of this, one that is alone too. Numbers are added up at most this many at a time (AVX-512);
 * what is left over would be added up in another order in a longer, padded row. That changes the last bit, and products in
 * 8-bit integers can make another word of it. So a row is the same to the last bit in any batch.
 */
const padTo = 16;

export function createBatchState(layout: CacheLayout, pool: BufferPool): BatchState {
  const { heads, headSize } = layout;
  const parts = layout.crossInputs.length;
  /** Numbers in the cache of one row over so many tokens. */
  const rowSize = (tokens: number) => heads * tokens * headSize;
  let rows = 0;
  /** Rows there is room for, and tokens of each: the first `rows` are in use. */
  let capacity = 0;
  let length = 0;
  let cross: Float32Array = new Float32Array(0);
  const lengths: number[] = [];
  let mask: BigInt64Array | undefined;
  let steps = 0;
  let mostSteps = 1;
  let now: Float32Array = new Float32Array(0);
  let next = now;
  const view = (cache: Float32Array, part: number, tokens: number) => {
    const start = part * capacity * rowSize(tokens);
    const values = cache.subarray(start, start + rows * rowSize(tokens));
    return new Tensor("float32", values, [rows, heads, tokens, headSize]);
  };
  const views = (names: readonly string[], cache: Float32Array, tokens: number) =>
    Object.fromEntries(names.map((name, part) => [name, view(cache, part, tokens)]));

  const resize = (newCapacity: number, newLength: number) => {
    const size = parts * newCapacity * rowSize(newLength);
    const target = size <= cross.length ? cross : pool.take(size);
    // Backwards: in the same buffer everything moves to higher places.
    for (let part = parts - 1; part >= 0; part -= 1) {
      for (let row = rows - 1; row >= 0; row -= 1) {
        const from = (part * capacity + row) * rowSize(length);
        spread(cross, from, length, target, (part * newCapacity + row) * rowSize(newLength), newLength);
      }
    }
    if (target !== cross) pool.give(cross);
    [cross, capacity, length] = [target, newCapacity, newLength];
  };
  /** Copies a row's cache over `tokens` tokens to where there is room for `room`, last head first. */
  const spread = (
    source: Float32Array,
    from: number,
    tokens: number,
    target: Float32Array,
    to: number,
    room: number,
  ) => {
    for (let head = heads - 1; head >= 0; head -= 1) {
      const [start, place] = [from + head * tokens * headSize, to + head * room * headSize];
      const size = tokens * headSize;
      if (source === target) target.copyWithin(place, start, start + size);
      else target.set(source.subarray(start, start + size), place);
      // Masked, but it must be numbers all the same.
      target.fill(0, place + size, place + room * headSize);
    }
  };
  const reserve = (more: number, tokens: number) => {
    const padded = Math.ceil(tokens / padTo) * padTo;
    if (rows + more > capacity || padded > length) {
      resize(Math.max(rows + more, capacity), Math.max(padded, length));
    }
  };
  const readMask = () => {
    if (mask !== undefined) return mask;
    mask = new BigInt64Array(rows * length);
    for (const [row, tokens] of lengths.entries()) mask.fill(1n, row * length, row * length + tokens);
    return mask;
  };

  return {
    get rows() {
      return rows;
    },
    reserve,
    expect: (most) => {
      mostSteps = most;
    },
    place: (tokens, beams) => {
      reserve(beams, tokens);
      const row = rows;
      // A text shorter than the longest is written to the beginning of its row and then spread.
      const target = (part: number) => {
        const start = (part * capacity + row) * rowSize(length);
        const values = cross.subarray(start, start + rowSize(tokens));
        return new Tensor("float32", values, [1, heads, tokens, headSize]);
      };
      return {
        targets: Object.fromEntries(layout.crossOutputs.map((name, part) => [name, target(part)])),
        done: () => {
          for (let part = 0; part < parts; part += 1) {
            const first = (part * capacity + row) * rowSize(length);
            if (tokens < length) spread(cross, first, tokens, cross, first, length);
            for (let beam = 1; beam < beams; beam += 1) {
              cross.copyWithin(first + beam * rowSize(length), first, first + rowSize(length));
            }
          }
          rows += beams;
          for (let beam = 0; beam < beams; beam += 1) lengths.push(tokens);
          mask = undefined;
        },
      };
    },
    feeds: () => ({
      encoder_attention_mask: new Tensor("int64", readMask().subarray(0, rows * length), [rows, length]),
      ...views(layout.selfInputs, now, steps),
      ...views(layout.crossInputs, cross, length),
    }),
    targets: () => {
      const size = parts * capacity * rowSize(steps + 1);
      if (next.length < size) {
        // Memory that is not written to yet takes none.
        const larger = pool.take(parts * capacity * rowSize(Math.max(mostSteps, steps + 1)));
        pool.give(next);
        next = larger;
      }
      return views(layout.selfOutputs, next, steps + 1);
    },
    advance: () => {
      [now, next] = [next, now];
      steps += 1;
    },
    reorder: (moves) => {
      const size = rowSize(steps);
      for (let part = 0; part < parts; part += 1) {
        const base = part * capacity * size;
        const sources = moves.map(({ from }) => now.slice(base + from * size, base + (from + 1) * size));
        moves.forEach(({ to }, index) => {
          now.set(sources[index] as Float32Array, base + to * size);
        });
      }
    },
    // Moving one row costs less than a batch of new arrays, and less than going on with a row nobody needs.
    remove: (row) => {
      readMask();
      rows -= 1;
      if (row === rows) return;
      for (let part = 0; part < parts; part += 1) {
        moveRow(now, part * capacity * rowSize(steps), rowSize(steps), rows, row);
        moveRow(cross, part * capacity * rowSize(length), rowSize(length), rows, row);
      }
      mask?.copyWithin(row * length, rows * length, (rows + 1) * length);
    },
    release: () => {
      for (const buffer of [cross, now, next]) pool.give(buffer);
      [cross, now, next] = [new Float32Array(0), new Float32Array(0), new Float32Array(0)];
      rows = 0;
    },
  };
}

function moveRow(cache: Float32Array, base: number, size: number, from: number, to: number): void {
  cache.copyWithin(base + to * size, base + from * size, base + (from + 1) * size);
}
