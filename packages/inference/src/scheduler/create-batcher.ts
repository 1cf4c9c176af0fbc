import { setImmediate as nextTurn } from "node:timers/promises";
import { PrecisError } from "@precis/contracts";
import type { GenerationSettings } from "@precis/models";
import { createSearch } from "../search/create-search.js";
import type { ControlTokens } from "../search/settings.js";
import type { Network } from "../sessions/open-network.js";
import { type BatchLimits, chooseJoining, chooseNext } from "./choose-next.js";
import { cancelled, type GenerationRequest, generationFailed } from "./generation-request.js";
import { decodeStep, type Member, prefillBatch, type RunningBatch } from "./running-batch.js";

export interface BatcherOptions {
  /** The maximum number of sequences (texts, or beams of texts) that are generated together. */
  maxSequences: number;
  /** The maximum number of tokens whose caches are in memory, summaries counted twice; a single text may need more. */
  maxBatchTokens: number;
  /** How long texts wait for others that are likely to come, in milliseconds. A single text starts at once. */
  maxQueueDelayMs: number;
  tokens: ControlTokens;
  /** Called with the number of texts that are generated together whenever some have joined. */
  onBatch?: ((texts: number) => void) | undefined;
  /** Called when no text waits or runs any more. */
  onIdle?: (() => void) | undefined;
}

export interface GenerateHooks {
  signal?: AbortSignal | undefined;
  /** Called at every token with the best sequence so far. */
  onToken?: ((ids: readonly number[]) => void) | undefined;
}

export interface Batcher {
  /** Generates from one text's ids; concurrent calls share batches. Resolves with the ids, special tokens included. */
  generate(ids: readonly number[], settings: GenerationSettings, hooks?: GenerateHooks): Promise<readonly number[]>;
  /** Cancels all requests, current and future; resolves when nothing runs any more. */
  close(): Promise<void>;
  /** Whether texts wait or run. */
  readonly isBusy: boolean;
}

/**
 * Continuous batching: waiting texts are taken into batches, which run side by side token by token. All sequences of a batch
 * have taken the same number of decode steps (a merged decoder computes positions from the length of the cache), so new
 * texts form a batch of their own instead of joining a running one. A finished text leaves its batch at once.
 */
export function createBatcher(network: Network, options: BatcherOptions): Batcher {
  const limits: BatchLimits = { ...options, sharesCross: network.sharesCross };
  const waiting: GenerationRequest[] = [];
  /** Every request that is not settled, waiting or running. */
  const open = new Set<GenerationRequest>();
  let batches: RunningBatch[] = [];
  let isClosed = false;
  let running: Promise<void> | undefined;
  let onArrival: (() => void) | undefined;
  const nextArrival = (timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      onArrival = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Finds requests that came during the prefill. Otherwise those few would be generated beside the batch all along. */
  const findJoining = async (members: readonly Member[]) => {
    // The encoder blocks the event loop: messages that came meanwhile are read in the next turn.
    await nextTurn();
    const next = chooseJoining(waiting, { members }, limits);
    const sequences = members.reduce((sum, { request }) => sum + request.search.width, 0);
    if (next.length > 0 || waiting.length > 0 || members.length < 2 || sequences >= limits.maxSequences) return next;
    // Where several come at once, more are likely to follow: the encoder, which takes all cores, delays their callers.
    await nextArrival(limits.maxQueueDelayMs);
    return chooseJoining(waiting, { members }, limits);
  };

  const startBatch = async (requests: readonly GenerationRequest[]) => {
    // Running batches must not wait for their next token while more and more texts are prefilled.
    const isAlone = batches.length === 0;
    const findMore = (members: readonly Member[]) => (isAlone ? findJoining(members) : []);
    const batch = await prefillBatch(network, requests, options.tokens, findMore);
    if (batch === undefined) return;
    batches.push(batch);
    options.onBatch?.(batches.reduce((sum, { members }) => sum + members.length, 0));
  };

  const run = async () => {
    // Texts that come in the same turn of the event loop start together.
    await nextTurn();
    try {
      while (waiting.length > 0 || batches.length > 0) {
        const next = chooseNext(waiting, batches, limits, performance.now());
        if (next.length > 0) await startBatch(next);
        for (const batch of batches) {
          await decodeStep(network, batch);
          if (batch.members.length === 0) batch.state.release();
        }
        batches = batches.filter(({ members }) => members.length > 0);
      }
    } catch (cause) {
      batches = [];
      waiting.length = 0;
      for (const request of open) request.settle({ error: generationFailed(cause) });
    } finally {
      // In the same turn as the loop's last check, so that a later text starts a new run.
      running = undefined;
      options.onIdle?.();
    }
  };

  return {
    generate: (ids, settings, { signal, onToken } = {}) =>
      new Promise((resolve, reject) => {
        if (isClosed || signal?.aborted) {
          reject(cancelled());
          return;
        }
        const request: GenerationRequest = {
          ids,
          search: createSearch(settings, options.tokens),
          submittedAt: performance.now(),
          isSettled: false,
          onToken,
          settle: (outcome) => {
            if (request.isSettled) return;
            request.isSettled = true;
            open.delete(request);
            signal?.removeEventListener("abort", abort);
            if ("ids" in outcome) resolve(outcome.ids);
            else reject(outcome.error);
          },
        };
        // The caller is answered at once; the sequences leave their batch before its next step.
        const abort = () => request.settle({ error: cancelled() });
        signal?.addEventListener("abort", abort, { once: true });
        open.add(request);
        waiting.push(request);
        onArrival?.();
        running ??= run();
      }),
    get isBusy() {
      return running !== undefined;
    },
    close: async () => {
      isClosed = true;
      const error = new PrecisError("cancelled", "the model was unloaded", { retriable: true });
      for (const request of open) request.settle({ error });
      await running;
    },
  };
}
