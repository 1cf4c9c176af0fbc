import { type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import { type ResolvedModel, verifyModel } from "@precis/models";
import { createBatcher } from "./scheduler/create-batcher.js";
import { readSettings } from "./search/settings.js";
import { openNetwork } from "./sessions/open-network.js";
import { type SummarizeHooks, type SummarizeInput, summarizeText } from "./summarize/summarize-text.js";
import { openTokenizer } from "./tokenizer/open-tokenizer.js";

export interface LoadModelOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
  /** Most rows (texts or chunks, times beams) generated together. */
  maxRows: number;
  /** Most bytes of caches of texts that are generated together; a single text may need more. */
  batchBytes: number;
  /** Told how many texts are generated together whenever some have joined. */
  onBatch?(texts: number): void;
  /** Called when so much has been let go that collecting garbage is worth its 10 ms. */
  collectGarbage?(): void;
}

/** A model with its weights in memory. */
export interface LoadedModel {
  readonly name: ModelName;
  /**
   * Summarizes a text of any length. Many calls at a time are welcome: they share batches, and none changes another's
   * summary.
   *
   * @throws {PrecisError} `text_empty`, `cancelled` (within one token of the signal) or `generation_failed`
   */
  summarize(input: SummarizeInput, hooks?: SummarizeHooks): Promise<JobResult>;
  /** Cancels what runs and releases the sessions. Memory is only surely back when the process has exited. */
  dispose(): Promise<void>;
}

/** The caches of the next texts are the same buffers again if they come within this time. */
const restAfterMs = 1_000;
const worthCollecting = 16_000_000;

/**
 * Loads a model from its folder; nothing is ever fetched. That its files are there and as long as they should be is checked
 * here, their hashes are not.
 *
 * @throws {PrecisError} `model_missing`, `model_corrupt` or `model_load_failed`
 */
export async function loadModel(model: ResolvedModel, options: LoadModelOptions): Promise<LoadedModel> {
  // The hashes are compared by whoever starts the process, at the same time.
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
    if (garbage < worthCollecting) return;
    garbage = 0;
    // Later: whoever has just let go of it may still have it in hand.
    setImmediate(() => options.collectGarbage?.());
  };
  const network = await openNetwork(model, { ...options, onGarbage });
  let resting: NodeJS.Timeout | undefined;
  const batcher = createBatcher(network, {
    maxRows: model.batching ? options.maxRows : 1,
    maxTokens: Math.floor(options.batchBytes / network.bytesPerToken),
    gatherMs: 4,
    tokens,
    onBatch: options.onBatch,
    onIdle: () => {
      clearTimeout(resting);
      resting = setTimeout(() => {
        if (!batcher.busy) network.rest();
      }, restAfterMs).unref();
    },
  });
  const summarizer = {
    name: model.name,
    settings,
    contextLength: model.context_length,
    maxOutputTokens: model.max_output_tokens,
    tokenizer,
    generate: batcher.generate,
    maxChunksAtOnce: options.maxRows,
  };
  let released: Promise<void> | undefined;
  return {
    name: model.name,
    summarize: (input, hooks = {}) => summarizeText(input, hooks, summarizer),
    dispose: () => {
      // onnxruntime crashes on a second release.
      released ??= batcher.close().then(() => network.release());
      return released;
    },
  };
}
