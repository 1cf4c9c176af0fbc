import type { Tensor } from "onnxruntime-node";
import type { BufferPool } from "./buffer-pool.js";
import type { CacheLayout } from "./cache-layout.js";
import { CrossCache, type TextSlot } from "./cross-cache.js";
import { type Move, SelfCache } from "./self-cache.js";

/**
 * The KV caches of texts that run together, each with the same number of sequences (its beams), those of a text side by
 * side; all have taken the same number of decode steps. Caches are written in place.
 */
export interface BatchState {
  readonly texts: number;
  /** Sequences per text. */
  readonly width: number;
  /** Makes room for more texts of at most `tokens` tokens, so that the caches grow once for several texts. */
  reserve(texts: number, tokens: number): void;
  /** Sets the maximum number of decode steps, so that buffers are large enough from the start. */
  expectSteps(max: number): void;
  /** A slot for a text of `tokens` tokens. Only before the first step. */
  addText(tokens: number): TextSlot;
  /** Caches and mask as the next step takes them: the same object for as long as the batch lives. */
  feeds(): Record<string, Tensor>;
  /** The tensors that the next step writes. */
  targets(): Record<string, Tensor>;
  /** Continues with what the step has written to its targets. */
  advance(): void;
  /** Copies the self-attention caches of sequences within a text, as if all moves happened at once. */
  reorder(moves: readonly Move[]): void;
  /** Removes a text; the last one moves to its position. */
  removeText(text: number): void;
  /** Returns the buffers to the pool; the batch must not be used afterwards. */
  release(): void;
}

/** @param width sequences per text */
export function createBatchState(layout: CacheLayout, pool: BufferPool, width: number): BatchState {
  const cross = new CrossCache(layout, pool, width);
  const self = new SelfCache(layout, pool);
  const feeds: Record<string, Tensor> = {};
  /** Whether texts were added or removed since the last step. */
  let hasChanged = true;
  return {
    width,
    get texts() {
      return cross.texts;
    },
    reserve: (texts, tokens) => cross.reserve(texts, tokens),
    expectSteps: (max) => self.expectSteps(max),
    addText: (tokens) => {
      const slot = cross.addText(tokens);
      return {
        targets: slot.targets,
        commit: () => {
          slot.commit();
          hasChanged = true;
        },
      };
    },
    feeds: () => {
      if (hasChanged) Object.assign(feeds, cross.feeds());
      hasChanged = false;
      return Object.assign(feeds, self.feeds(cross.texts * width));
    },
    targets: () => self.targets(cross.texts * width),
    advance: () => self.advance(),
    reorder: (moves) => self.reorder(moves),
    removeText: (text) => {
      cross.removeText(text);
      hasChanged = true;
      const last = cross.texts;
      if (text === last) return;
      self.reorder(
        Array.from({ length: width }, (_, beam) => ({ to: text * width + beam, from: last * width + beam })),
      );
    },
    release: () => {
      self.release();
      cross.release();
    },
  };
}
