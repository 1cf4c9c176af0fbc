import { type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import { type ResolvedModel, verifyModel } from "@precis/models";
import { createBatcher } from "./scheduler/create-batcher.js";
import { readSettings } from "./search/settings.js";
import { type Network, openNetwork } from "./sessions/open-network.js";
import { type SummarizeHooks, type SummarizeInput, summarizeText } from "./summarize/summarize-text.js";
import { openTokenizer } from "./tokenizer/open-tokenizer.js";

export interface LoadModelOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
  /** The maximum number of sequences (texts or chunks, times beams) that are generated together. */
  maxSequences: number;
  /** The maximum size of the KV caches of texts that are generated together; a single text may need more. */
  batchBytes: number;
  /** Called with the number of texts that are generated together whenever some have joined. */
  onBatch?(texts: number): void;
  /** Called after every run of a network; a run blocks the event loop for as long as it takes. */
  onRun?(): void;
  /** Called when so much memory has become garbage that collecting it is worth 10 ms. */
  collectGarbage?(): void;
}

/** A model with its weights in memory. */
export interface LoadedModel {
  readonly name: ModelName;
  /** One sentence for each graph pass that did not recognize a network, which therefore runs as exported, and slower. */
  readonly notes: readonly string[];
  /**
   * Summarizes a text of any length. Concurrent calls share batches, and none changes the summary of another.
   *
   * @throws {PrecisError} `text_empty`, `cancelled` (within one token of the signal) or `generation_failed`
   */
  summarize(input: SummarizeInput, hooks?: SummarizeHooks): Promise<JobResult>;
  /** Cancels all calls and releases the sessions. Only the end of the process is sure to free all memory. */
  dispose(): Promise<void>;
}

/** Buffers are kept for the next texts for this long. */
const keepBuffersMs = 1_000;
const minGarbageBytes = 16_000_000;

/**
 * Loads a model from its folder; nothing is downloaded. Checks that its files exist and have the right size, but not their
 * hashes, which the supervisor compares at the same time.
 *
 * @throws {PrecisError} `model_missing`, `model_corrupt` or `model_load_failed`
 */
export async function loadModel(model: ResolvedModel, options: LoadModelOptions): Promise<LoadedModel> {
  await verifyModel(model, { hashes: false });
  const [{ settings, tokens }, tokenizer] = await Promise.all([
    readSettings(model),
    openTokenizer(model.folder, model.prefix),
  ]).catch((cause: Error) => {
    throw new PrecisError("model_load_failed", `${model.name} in ${model.folder}: ${cause.message}`, { cause });
  });
  let garbage = 0;
  const onGarbage = (bytes: number) => {
    garbage += bytes;
    if (garbage < minGarbageBytes) return;
    garbage = 0;
    // In a later turn: the caller may still hold a reference.
    setImmediate(() => options.collectGarbage?.());
  };
  const network = reportRuns(await openNetwork(model, { ...options, onGarbage }), options.onRun);
  let idleTimer: NodeJS.Timeout | undefined;
  const batcher = createBatcher(network, {
    maxSequences: model.batching ? options.maxSequences : 1,
    maxBatchTokens: Math.floor(options.batchBytes / network.bytesPerToken),
    maxQueueDelayMs: 4,
    tokens,
    onBatch: options.onBatch,
    onIdle: () => {
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => {
        if (!batcher.isBusy) network.releaseBuffers();
      }, keepBuffersMs).unref();
    },
  });
  const summarizer = {
    name: model.name,
    settings,
    contextLength: model.context_length,
    maxOutputTokens: model.max_output_tokens,
    tokenizer,
    generate: batcher.generate,
    maxConcurrentChunks: options.maxSequences,
  };
  let disposed: Promise<void> | undefined;
  return {
    name: model.name,
    notes: network.notes,
    summarize: (input, hooks = {}) => summarizeText(input, hooks, summarizer),
    dispose: () => {
      // onnxruntime crashes when a session is released twice.
      disposed ??= batcher.close().then(() => network.release());
      return disposed;
    },
  };
}

function reportRuns(network: Network, onRun: (() => void) | undefined): Network {
  if (onRun === undefined) return network;
  return {
    ...network,
    prefill: async (batch, ids) => {
      await network.prefill(batch, ids);
      onRun();
    },
    decodeStep: async (batch, tokens, scores) => {
      const rows = await network.decodeStep(batch, tokens, scores);
      onRun();
      return rows;
    },
  };
}
