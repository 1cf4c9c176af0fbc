import { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import { type CacheLayout, cacheViews } from "./cache-layout.js";

/** Where the cross-attention cache of a new text is written. */
export interface TextSlot {
  targets: Record<string, Tensor>;
  /** Adds the text to the batch, once its targets are written. */
  commit(): void;
}

/**
 * Texts are padded to a multiple of this, a single one too. AVX-512 kernels add up at most this many numbers at a time; a
 * remainder would be added up in another order in a longer, padded row. That changes the last bit, which may be another word
 * with products of 8-bit integers. With padding, a text is the same to the last bit in any batch.
 */
const padTo = 16;

/** The cross-attention caches of the texts of a batch, padded to the same length, in one buffer layer by layer. */
export class CrossCache {
  readonly #layout: CacheLayout;
  readonly #pool: BufferPool;
  /** Copies of a text's cache: one if its sequences share it. */
  readonly #copies: number;
  /** The number of tokens of each text. */
  readonly #lengths: number[] = [];
  #texts = 0;
  /** Texts that there is room for, and tokens of each. */
  #capacity = 0;
  #length = 0;
  #buffer: Float32Array = new Float32Array(0);
  #mask: BigInt64Array | undefined;

  /** @param width sequences per text */
  constructor(layout: CacheLayout, pool: BufferPool, width: number) {
    this.#layout = layout;
    this.#pool = pool;
    this.#copies = layout.sharesCross ? 1 : width;
  }

  get texts(): number {
    return this.#texts;
  }

  /** Makes room for more texts of at most `tokens` tokens, so that the cache grows once for several texts. */
  reserve(texts: number, tokens: number): void {
    const padded = Math.ceil(tokens / padTo) * padTo;
    const needed = this.#texts + texts;
    if (needed > this.#capacity || padded > this.#length) {
      this.#resize(Math.max(needed, this.#capacity), Math.max(padded, this.#length));
    }
  }

  addText(tokens: number): TextSlot {
    this.reserve(1, tokens);
    const { heads, headSize, crossOutputs } = this.#layout;
    // A text shorter than the longest is written without padding, which is inserted later.
    const target = (part: number) => {
      const start = this.#startOf(part, this.#texts);
      const values = this.#buffer.subarray(start, start + this.#cacheSize(tokens));
      return new Tensor("float32", values, [1, heads, tokens, headSize]);
    };
    return {
      targets: Object.fromEntries(crossOutputs.map((name, part) => [name, target(part)])),
      commit: () => this.#commit(tokens),
    };
  }

  /** Mask and caches as a step takes them; they change only when texts are added or removed. */
  feeds(): Record<string, Tensor> {
    const { heads, headSize, crossInputs } = this.#layout;
    const [count, length] = [this.#texts * this.#copies, this.#length];
    const stride = this.#capacity * this.#textSize(length);
    return {
      encoder_attention_mask: new Tensor("int64", this.#readMask().subarray(0, count * length), [count, length]),
      ...cacheViews(this.#buffer, crossInputs, stride, [count, heads, length, headSize]),
    };
  }

  /** Removes a text; the last one moves to its position. Copying one text takes less time than building a new batch. */
  removeText(text: number): void {
    const mask = this.#readMask();
    this.#texts -= 1;
    const last = this.#texts;
    if (text === last) return;
    for (let part = 0; part < this.#layout.crossInputs.length; part += 1) {
      this.#buffer.copyWithin(this.#startOf(part, text), this.#startOf(part, last), this.#startOf(part, last + 1));
    }
    const size = this.#copies * this.#length;
    mask.copyWithin(text * size, last * size, (last + 1) * size);
  }

  /** Returns the buffer to the pool; the cache must not be used afterwards. */
  release(): void {
    this.#pool.release(this.#buffer);
    this.#buffer = new Float32Array(0);
    this.#texts = 0;
  }

  /** Numbers in one copy of a cache in one part. */
  #cacheSize(tokens: number): number {
    return this.#layout.heads * tokens * this.#layout.headSize;
  }

  #textSize(tokens: number): number {
    return this.#copies * this.#cacheSize(tokens);
  }

  #startOf(part: number, text: number): number {
    return (part * this.#capacity + text) * this.#textSize(this.#length);
  }

  #commit(tokens: number): void {
    const size = this.#cacheSize(this.#length);
    for (let part = 0; part < this.#layout.crossInputs.length; part += 1) {
      const start = this.#startOf(part, this.#texts);
      if (tokens < this.#length) this.#spread(this.#buffer, start, tokens, this.#buffer, start, this.#length);
      for (let copy = 1; copy < this.#copies; copy += 1) {
        this.#buffer.copyWithin(start + copy * size, start, start + size);
      }
    }
    this.#texts += 1;
    this.#lengths.push(tokens);
    this.#mask = undefined;
  }

  #resize(capacity: number, length: number): void {
    const parts = this.#layout.crossInputs.length;
    const copies = this.#copies;
    const size = parts * capacity * this.#textSize(length);
    const source = this.#buffer;
    const target = size <= source.length ? source : this.#pool.acquire(size);
    // From the end: in the same buffer everything moves to a higher position.
    for (let part = parts - 1; part >= 0; part -= 1) {
      for (let copy = this.#texts * copies - 1; copy >= 0; copy -= 1) {
        const from = (part * this.#capacity * copies + copy) * this.#cacheSize(this.#length);
        const to = (part * capacity * copies + copy) * this.#cacheSize(length);
        this.#spread(source, from, this.#length, target, to, length);
      }
    }
    if (target !== source) this.#pool.release(source);
    [this.#buffer, this.#capacity, this.#length] = [target, capacity, length];
  }

  /** Copies a cache of `tokens` tokens to where there is room for `room`, from the last head to the first. */
  #spread(source: Float32Array, from: number, tokens: number, target: Float32Array, to: number, room: number): void {
    const { heads, headSize } = this.#layout;
    const size = tokens * headSize;
    for (let head = heads - 1; head >= 0; head -= 1) {
      const start = from + head * size;
      const end = to + head * room * headSize;
      target.set(source.subarray(start, start + size), end);
      // Padding is masked, but a NaN in it would spread to the whole result.
      target.fill(0, end + size, end + room * headSize);
    }
  }

  #readMask(): BigInt64Array {
    if (this.#mask !== undefined) return this.#mask;
    const length = this.#length;
    const mask = new BigInt64Array(this.#texts * this.#copies * length);
    for (const [text, tokens] of this.#lengths.entries()) {
      for (let copy = text * this.#copies; copy < (text + 1) * this.#copies; copy += 1) {
        mask.fill(1n, copy * length, copy * length + tokens);
      }
    }
    this.#mask = mask;
    return mask;
  }
}
