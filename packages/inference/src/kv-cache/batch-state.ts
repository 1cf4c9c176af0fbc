import { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import { type CacheLayout, cacheViews } from "./cache-layout.js";
import { createSelfCache } from "./self-cache.js";

/** Where the cross-attention cache of a text is to be written. */
export interface Place {
  targets: Record<string, Tensor>;
  /** It has been written: the text is part of the batch. */
  done(): void;
}

/**
 * The caches of texts that run together, each in equally many rows (its beams), those of a text side by side; all have
 * the same number of decoder steps behind them. Each kind of cache lies in one buffer, layer after layer, and is written
 * in place.
 */
export interface BatchState {
  readonly texts: number;
  /** Rows of each text. */
  readonly width: number;
  /** Makes room for so many more texts of at most `tokens` tokens; saves moving caches when several are to come. */
  reserve(texts: number, tokens: number): void;
  /** At most so many steps are to come; saves larger buffers later. */
  expect(steps: number): void;
  /** A place for a text of `tokens` tokens. Before the first step only. */
  place(tokens: number): Place;
  /** Caches and mask as the next step reads them: one object, which lives as long as the batch. */
  feeds(): Record<string, Tensor>;
  /** Where the next step writes the self-attention caches. */
  targets(): Record<string, Tensor>;
  /** The step has written them. */
  advance(): void;
  /** Row `to` goes on with the self-attention cache of row `from`, of the same text, for all moves at once. */
  reorder(moves: readonly { to: number; from: number }[]): void;
  /** Removes a text; the last one takes its place. */
  remove(text: number): void;
  /** Gives the buffers back; the batch is not used any more. */
  release(): void;
}

/**
 * Texts are padded to a multiple of this, one that is alone too. Numbers are added up at most this many at a time (AVX-512);
 * what is left over would be added up in another order in a longer, padded row. That changes the last bit, and products in
 * 8-bit integers can make another word of it. So a row is the same to the last bit in any batch.
 */
const padTo = 16;

/** @param width rows of each text */
export function createBatchState(layout: CacheLayout, pool: BufferPool, width: number): BatchState {
  const { heads, headSize } = layout;
  const parts = layout.crossInputs.length;
  /** Copies of a text's cross-attention cache. */
  const copies = layout.sharesCross ? 1 : width;
  /** Numbers in a cross-attention cache over so many tokens. */
  const cacheSize = (tokens: number) => heads * tokens * headSize;
  const crossSize = (tokens: number) => copies * cacheSize(tokens);
  let texts = 0;
  /** Texts there is room for, and tokens of each: the first `texts` are in use. */
  let capacity = 0;
  let length = 0;
  let cross: Float32Array = new Float32Array(0);
  const lengths: number[] = [];
  let mask: BigInt64Array | undefined;
  const self = createSelfCache(layout, pool);
  const feeds: Record<string, Tensor> = {};
  /** Whether texts have come or left since they were last fed. */
  let changed = true;
  /** The same at every step until a text leaves. */
  const readCross = () => {
    const values = readMask().subarray(0, texts * copies * length);
    return {
      encoder_attention_mask: new Tensor("int64", values, [texts * copies, length]),
      ...cacheViews(cross, layout.crossInputs, capacity * crossSize(length), [texts * copies, heads, length, headSize]),
    };
  };

  const resize = (newCapacity: number, newLength: number) => {
    const size = parts * newCapacity * crossSize(newLength);
    const target = size <= cross.length ? cross : pool.take(size);
    // Backwards: in the same buffer everything moves to higher places.
    for (let part = parts - 1; part >= 0; part -= 1) {
      for (let copy = texts * copies - 1; copy >= 0; copy -= 1) {
        const from = (part * capacity * copies + copy) * cacheSize(length);
        spread(cross, from, length, target, (part * newCapacity * copies + copy) * cacheSize(newLength), newLength);
      }
    }
    if (target !== cross) pool.give(cross);
    [cross, capacity, length] = [target, newCapacity, newLength];
  };
  /** Copies a cache over `tokens` tokens to where there is room for `room`, last head first. */
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
      target.set(source.subarray(start, start + size), place);
      // Masked, but it must be numbers all the same.
      target.fill(0, place + size, place + room * headSize);
    }
  };
  const reserve = (more: number, tokens: number) => {
    const padded = Math.ceil(tokens / padTo) * padTo;
    if (texts + more > capacity || padded > length) {
      resize(Math.max(texts + more, capacity), Math.max(padded, length));
    }
  };
  const readMask = () => {
    if (mask !== undefined) return mask;
    mask = new BigInt64Array(texts * copies * length);
    for (const [text, tokens] of lengths.entries()) {
      for (let copy = text * copies; copy < (text + 1) * copies; copy += 1) {
        mask.fill(1n, copy * length, copy * length + tokens);
      }
    }
    return mask;
  };

  return {
    width,
    get texts() {
      return texts;
    },
    reserve,
    expect: self.expect,
    place: (tokens) => {
      reserve(1, tokens);
      const first = (part: number) => (part * capacity + texts) * crossSize(length);
      // A text shorter than the longest is written to the beginning of its place and then spread.
      const target = (part: number) => {
        const values = cross.subarray(first(part), first(part) + cacheSize(tokens));
        return new Tensor("float32", values, [1, heads, tokens, headSize]);
      };
      return {
        targets: Object.fromEntries(layout.crossOutputs.map((name, part) => [name, target(part)])),
        done: () => {
          for (let part = 0; part < parts; part += 1) {
            const place = first(part);
            if (tokens < length) spread(cross, place, tokens, cross, place, length);
            for (let copy = 1; copy < copies; copy += 1) {
              cross.copyWithin(place + copy * cacheSize(length), place, place + cacheSize(length));
            }
          }
          texts += 1;
          lengths.push(tokens);
          mask = undefined;
          changed = true;
        },
      };
    },
    feeds: () => {
      if (changed) Object.assign(feeds, readCross());
      changed = false;
      return Object.assign(feeds, self.feeds(texts * width));
    },
    targets: () => self.targets(texts * width),
    advance: self.advance,
    reorder: self.reorder,
    // Moving one text costs less than a batch of new arrays, and less than going on with a text nobody needs.
    remove: (text) => {
      readMask();
      texts -= 1;
      changed = true;
      if (text === texts) return;
      self.reorder(
        Array.from({ length: width }, (_, beam) => ({ to: text * width + beam, from: texts * width + beam })),
      );
      for (let part = 0; part < parts; part += 1) {
        const [base, size] = [part * capacity * crossSize(length), crossSize(length)];
        cross.copyWithin(base + text * size, base + texts * size, base + (texts + 1) * size);
      }
      const size = copies * length;
      mask?.copyWithin(text * size, texts * size, (texts + 1) * size);
    },
    release: () => {
      self.release();
      pool.give(cross);
      cross = new Float32Array(0);
      texts = 0;
    },
  };
}
