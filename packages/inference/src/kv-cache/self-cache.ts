import type { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import { type CacheLayout, cacheViews } from "./cache-layout.js";

/** Where a sequence's cache is copied from. */
export interface Move {
  to: number;
  from: number;
}

/**
 * Tokens in the tail before it is committed. onnxruntime-node copies the tail at every step, and doubling this number doubles
 * that copy; committing copies the whole cache, half as often then.
 */
export const commitEvery = 16;

const noBuffer: Float32Array = new Float32Array(0);

/**
 * The self-attention caches of the sequences of a batch, all of the same length. If the decoder takes a cache in two parts,
 * a step rewrites only the tail, the newest few tokens, one token longer; a tail of `commitEvery` tokens is appended to the
 * committed part. Otherwise the tail is the whole cache.
 */
export class SelfCache {
  readonly #layout: CacheLayout;
  readonly #pool: BufferPool;
  readonly #isSplit: boolean;
  /** Sequences that there is room for in each part. */
  #capacity = 0;
  #maxSteps = 1;
  #tail = noBuffer;
  #nextTail = noBuffer;
  #tailTokens = 0;
  #committed = noBuffer;
  #committedTokens = 0;
  /** Sequences of the committed part that was fed last; undefined when the part has changed since. */
  #fedCommitted: number | undefined;

  constructor(layout: CacheLayout, pool: BufferPool) {
    this.#layout = layout;
    this.#pool = pool;
    this.#isSplit = layout.committedInputs.length > 0;
  }

  /** Sets the maximum number of steps, so that buffers are large enough from the start. */
  expectSteps(max: number): void {
    this.#maxSteps = max;
  }

  /**
   * Commits the tail if it is full.
   *
   * @returns the feeds of the next step of the first `count` sequences, as far as they differ from those of the last step.
   * The first call sets the maximum of `count`.
   */
  feeds(count: number): Record<string, Tensor> {
    if (this.#capacity === 0) this.#capacity = count;
    if (this.#isSplit && this.#tailTokens === commitEvery) this.#commitTail(count);
    const changed = this.#views(this.#layout.selfInputs, this.#tail, count, this.#tailTokens);
    if (this.#fedCommitted === count) return changed;
    this.#fedCommitted = count;
    return Object.assign(
      changed,
      this.#views(this.#layout.committedInputs, this.#committed, count, this.#committedTokens),
    );
  }

  /** The tensors that the next step writes. */
  targets(count: number): Record<string, Tensor> {
    const tokens = this.#tailTokens + 1;
    if (this.#nextTail.length < this.#sizeOf(tokens)) {
      // The operating system provides no memory for pages that are not written yet.
      const maxTokens = this.#isSplit ? commitEvery : this.#maxSteps;
      const larger = this.#pool.acquire(this.#sizeOf(Math.max(maxTokens, tokens)));
      this.#pool.release(this.#nextTail);
      this.#nextTail = larger;
    }
    return this.#views(this.#layout.selfOutputs, this.#nextTail, count, tokens);
  }

  /** Continues with what the step has written to its targets. */
  advance(): void {
    [this.#tail, this.#nextTail] = [this.#nextTail, this.#tail];
    this.#tailTokens += 1;
  }

  /** Copies the caches of sequences, as if all moves happened at once. */
  reorder(moves: readonly Move[]): void {
    this.#copySequences(this.#tail, this.#tailTokens, moves);
    this.#copySequences(this.#committed, this.#committedTokens, moves);
  }

  /** Returns the buffers to the pool; the cache must not be used afterwards. */
  release(): void {
    for (const buffer of [this.#tail, this.#nextTail, this.#committed]) this.#pool.release(buffer);
    [this.#tail, this.#nextTail, this.#committed] = [noBuffer, noBuffer, noBuffer];
  }

  /** Numbers of one sequence in one part. */
  #sequenceSize(tokens: number): number {
    return this.#layout.heads * tokens * this.#layout.headSize;
  }

  #sizeOf(tokens: number): number {
    return this.#layout.selfInputs.length * this.#capacity * this.#sequenceSize(tokens);
  }

  #views(names: readonly string[], cache: Float32Array, count: number, tokens: number): Record<string, Tensor> {
    const { heads, headSize } = this.#layout;
    return cacheViews(cache, names, this.#capacity * this.#sequenceSize(tokens), [count, heads, tokens, headSize]);
  }

  #copySequences(cache: Float32Array, tokens: number, moves: readonly Move[]): void {
    const size = this.#sequenceSize(tokens);
    for (let part = 0; part < this.#layout.selfInputs.length; part += 1) {
      const base = part * this.#capacity * size;
      const sources = moves.map(({ from }) => cache.slice(base + from * size, base + (from + 1) * size));
      moves.forEach(({ to }, index) => {
        cache.set(sources[index] as Float32Array, base + to * size);
      });
    }
  }

  #commitTail(count: number): void {
    const { heads, headSize, selfInputs } = this.#layout;
    const [tail, committed] = [this.#tail, this.#committed];
    const tokens = this.#committedTokens + this.#tailTokens;
    const maxCommitted = Math.floor((this.#maxSteps - 1) / commitEvery) * commitEvery;
    const fits = committed.length >= this.#sizeOf(tokens);
    const target = fits ? committed : this.#pool.acquire(this.#sizeOf(Math.max(maxCommitted, tokens)));
    const [older, newer, all] = [this.#committedTokens * headSize, this.#tailTokens * headSize, tokens * headSize];
    // From the end: in the same buffer everything moves to a higher position.
    for (let part = selfInputs.length - 1; part >= 0; part -= 1) {
      const first = part * this.#capacity * heads;
      for (let head = first + count * heads - 1; head >= first; head -= 1) {
        const start = head * all;
        target.set(committed.subarray(head * older, (head + 1) * older), start);
        target.set(tail.subarray(head * newer, (head + 1) * newer), start + older);
      }
    }
    if (!fits) this.#pool.release(committed);
    this.#committed = target;
    this.#committedTokens = tokens;
    this.#tailTokens = 0;
    this.#fedCommitted = undefined;
  }
}
