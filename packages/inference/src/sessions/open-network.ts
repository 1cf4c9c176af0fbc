import { join } from "node:path";
import { PrecisError } from "@precis/contracts";
import { dtypeSuffixes, type ResolvedModel } from "@precis/models";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type BatchState, createBatchState } from "../kv-cache/batch-state.js";
import { createBufferPool } from "../kv-cache/buffer-pool.js";
import type { ScoreKind } from "../search/search.js";
import { openDecoder } from "./open-decoder.js";
import { openEncoder } from "./open-encoder.js";
import { openLogSoftmax } from "./open-log-softmax.js";
import type { SessionOptions } from "./open-session.js";

/** From so many bytes of attention scores on, of one layer over a text of full length, texts are long for the encoder. */
const longAttentionBytes = 16_000_000;

export interface NetworkOptions extends SessionOptions {
  /** Told of so many bytes of large buffers that are garbage now. */
  onGarbage?: ((bytes: number) => void) | undefined;
}

/** An encoder–decoder network in memory: what turns token ids into scores. It knows nothing of searches or texts. */
export interface Network {
  /** Bytes of cache for a token: of a text in cross-attention, or of a summary in self-attention. */
  readonly bytesPerToken: number;
  /** The rows of a text share its cross-attention cache; else each has a copy. */
  readonly sharesCross: boolean;
  /** A batch without texts, for such as take `width` rows each. */
  batch(width: number): BatchState;
  /** Encodes a text into a batch that has not run yet. */
  encode(batch: BatchState, ids: readonly number[]): Promise<void>;
  /**
   * Runs one decoder step for every row and appends to their caches.
   *
   * @returns a row of scores for each, which the next step of any batch overwrites
   */
  step(batch: BatchState, tokens: readonly number[], scores: ScoreKind): Promise<Float32Array[]>;
  /** Lets go of the buffers of batches that are gone. */
  rest(): void;
  release(): Promise<void>;
}

/**
 * Opens the encoder and the merged decoder of a model's folder.
 *
 * Texts are encoded one by one and only the decoder runs batches: an encoder pass over one text fills the cores already
 * (eight texts take eight times as long as one), and so nothing is padded there, every run is short enough to serve
 * cancellations in between, and a row's numbers are the same to the last bit whatever its neighbours are.
 */
export async function openNetwork(model: ResolvedModel, options: NetworkOptions): Promise<Network> {
  const suffix = dtypeSuffixes[model.dtype];
  const open = <Opened>(file: string, how: (path: string) => Promise<Opened>) =>
    // In a promise of its own, so that what is thrown at once is caught too.
    Promise.resolve(join(model.folder, "onnx", `${file}${suffix}.onnx`))
      .then((path) => how(path))
      .catch((cause) => {
        if (cause instanceof PrecisError) throw cause;
        throw new PrecisError("model_load_failed", `${model.name}: ${file}${suffix}.onnx: ${cause.message}`, { cause });
      });
  const { layout, cross, step, release } = await open("decoder_model_merged", (path) => openDecoder(path, options));
  const attention = layout.heads * model.context_length ** 2 * Float32Array.BYTES_PER_ELEMENT;
  const encoder = await open("encoder_model", (path) => openEncoder(path, options, attention > longAttentionBytes));
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
    batch: (width) => createBatchState(layout, pool, width),
    encode: async (batch, ids) => {
      const mask = new Tensor("int64", new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
      const input = new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const masked = encoder.inputNames.includes("attention_mask") ? { attention_mask: mask } : {};
      const { last_hidden_state: states } = await encoder.run({ input_ids: input, ...masked });
      const place = batch.place(ids.length);
      await cross(states as Tensor, mask, place.targets);
      place.done();
      options.onGarbage?.(((states as Tensor).data as Float32Array).byteLength);
    },
    step: async (batch, tokens, kind) => {
      const rows = tokens.length;
      const logits = takeScores(rows);
      const [feeds, targets] = [batch.feeds(), batch.targets()];
      feeds.input_ids = new Tensor("int64", BigInt64Array.from(tokens, BigInt), [rows, 1]);
      targets.logits = new Tensor("float32", logits, [rows, 1, layout.vocabulary]);
      await step(feeds, targets);
      batch.advance();
      if (kind === "log probabilities") await toLogProbabilities(logits, rows);
      return tokens.map((_, row) => logits.subarray(row * layout.vocabulary, (row + 1) * layout.vocabulary));
    },
    rest: () => pool.clear(),
    release: async () => {
      await encoder.release();
      await (await logSoftmax)?.release();
      await release();
    },
  };
}
