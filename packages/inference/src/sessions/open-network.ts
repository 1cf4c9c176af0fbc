import { basename } from "node:path";
import { PrecisError } from "@precis/contracts";
import { type NetworkFile, networkPath, type ResolvedModel } from "@precis/models";
import { hasLargeScores } from "@precis/onnx";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type BatchState, createBatchState } from "../kv-cache/batch-state.js";
import { createBufferPool } from "../kv-cache/buffer-pool.js";
import type { ScoreKind } from "../search/search.js";
import { openDecoder } from "./open-decoder.js";
import { openEncoder } from "./open-encoder.js";
import { openLogSoftmax } from "./open-log-softmax.js";
import type { SessionOptions } from "./open-session.js";

export interface NetworkOptions extends SessionOptions {
  /** Called with the size of large buffers that have become garbage. */
  onGarbage?: ((bytes: number) => void) | undefined;
}

/** An encoder–decoder network in memory: from token ids to scores. It knows neither searches nor texts. */
export interface Network {
  /** Bytes of KV cache per token: of a text in cross-attention, or of a summary in self-attention. */
  readonly bytesPerToken: number;
  /** Whether the sequences of a text share its cross-attention cache, instead of a copy each. */
  readonly sharesCross: boolean;
  /** One sentence for each pass that did not recognize a graph, which therefore runs as exported. */
  readonly notes: readonly string[];
  /** Creates an empty batch for texts of `width` sequences each. */
  createBatch(width: number): BatchState;
  /** Runs the encoder pass of a text and adds it to a batch that has not taken a decode step yet. */
  prefill(batch: BatchState, ids: readonly number[]): Promise<void>;
  /**
   * Runs one decode step of all sequences and appends to their caches.
   *
   * @returns the scores of each sequence, valid until the next step of any batch
   */
  decodeStep(batch: BatchState, tokens: readonly number[], scores: ScoreKind): Promise<Float32Array[]>;
  /** Releases the pooled buffers of finished batches. */
  releaseBuffers(): void;
  release(): Promise<void>;
}

/**
 * Opens the encoder and the merged decoder in a model's folder.
 *
 * Texts are encoded one by one, and only decode steps are batched: an encoder pass over one text keeps all cores busy
 * already (eight texts take eight times as long as one). So the encoder needs no padding, its runs are short enough for
 * cancellations in between, and the numbers of a text do not depend on the others in its batch.
 */
export async function openNetwork(model: ResolvedModel, options: NetworkOptions): Promise<Network> {
  const open = async <Opened>(file: NetworkFile, how: (path: string) => Promise<Opened>): Promise<Opened> => {
    const path = networkPath(model, file);
    try {
      return await how(path);
    } catch (cause) {
      if (cause instanceof PrecisError) throw cause;
      throw new PrecisError("model_load_failed", `${model.name}: ${basename(path)}: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
  const decoder = await open("decoder_model_merged", (path) => openDecoder(path, options));
  const { layout } = decoder;
  const isLong = hasLargeScores(layout.heads, model.context_length);
  const encoder = await open("encoder_model", (path) => openEncoder(path, options, isLong));
  const takesMask = encoder.session.inputNames.includes("attention_mask");
  const pool = createBufferPool(options.onGarbage);
  let scores = new Float32Array(0);
  const takeScores = (rows: number) => {
    if (scores.length < rows * layout.vocabulary) scores = new Float32Array(rows * layout.vocabulary);
    return scores.subarray(0, rows * layout.vocabulary);
  };

  let logSoftmax: Promise<InferenceSession> | undefined;
  /** In place. */
  const toLogProbabilities = async (logits: Float32Array, rows: number) => {
    logSoftmax ??= openLogSoftmax(model.folder, options);
    const scores = new Tensor("float32", logits, [rows, layout.vocabulary]);
    await (await logSoftmax).run({ scores }, { log_probabilities: scores });
  };

  return {
    bytesPerToken: layout.crossInputs.length * layout.heads * layout.headSize * Float32Array.BYTES_PER_ELEMENT,
    sharesCross: layout.sharesCross,
    notes: [...decoder.notes, ...encoder.notes],
    createBatch: (width) => createBatchState(layout, pool, width),
    prefill: async (batch, ids) => {
      const mask = new Tensor("int64", new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
      const input = new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const feeds = { input_ids: input, ...(takesMask ? { attention_mask: mask } : {}) };
      const { last_hidden_state: states } = await encoder.session.run(feeds);
      const slot = batch.addText(ids.length);
      await decoder.cross(states as Tensor, mask, slot.targets);
      slot.commit();
      options.onGarbage?.(((states as Tensor).data as Float32Array).byteLength);
    },
    decodeStep: async (batch, tokens, kind) => {
      const rows = tokens.length;
      const logits = takeScores(rows);
      const [feeds, targets] = [batch.feeds(), batch.targets()];
      feeds.input_ids = new Tensor("int64", BigInt64Array.from(tokens, BigInt), [rows, 1]);
      targets.logits = new Tensor("float32", logits, [rows, 1, layout.vocabulary]);
      await decoder.step(feeds, targets);
      batch.advance();
      if (kind === "log probabilities") await toLogProbabilities(logits, rows);
      return tokens.map((_, row) => logits.subarray(row * layout.vocabulary, (row + 1) * layout.vocabulary));
    },
    releaseBuffers: () => pool.clear(),
    release: async () => {
      await encoder.session.release();
      await (await logSoftmax)?.release();
      await decoder.release();
    },
  };
}
