import { join } from "node:path";
import { PrecisError } from "@precis/contracts";
import { dtypeSuffixes, type ResolvedModel } from "@precis/models";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { type BatchState, createBatchState, type RowState } from "./batch-state.js";
import { findCacheLayout } from "./cache-layout.js";

export interface NetworkOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
}

/** What one text has become after the encoder and the first decoder step. */
export interface Prefilled extends RowState {
  /** Scores of the first token. */
  scores: Float32Array;
}

/** An encoder–decoder network in memory: what turns token ids into scores. It knows nothing of searches or texts. */
export interface Network {
  /** Encodes one text and runs the first decoder step. */
  prefill(ids: readonly number[], startToken: number): Promise<Prefilled>;
  /** A batch of rows that have all run equally many decoder steps. */
  batch(rows: readonly RowState[]): BatchState;
  /** Runs one decoder step for every row and appends to their caches; returns one row of scores for each. */
  step(batch: BatchState, tokens: readonly number[]): Promise<Float32Array[]>;
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
  const open = (file: string) =>
    InferenceSession.create(join(model.folder, "onnx", `${file}${suffix}.onnx`), sessionOptions(options)).catch(
      (cause) => {
        throw new PrecisError("model_load_failed", `${model.name}: ${file}${suffix}.onnx: ${cause.message}`, { cause });
      },
    );
  const encoder = await open("encoder_model");
  const decoder = await open("decoder_model_merged");
  const layout = findCacheLayout(decoder);
  // Only taken for its shape on later steps: the cross-attention cache stands for it then.
  const noStates = new Tensor("float32", new Float32Array(layout.width), [1, 1, layout.width]);
  const first = new Tensor("bool", [false], [1]);
  const later = new Tensor("bool", [true], [1]);

  return {
    prefill: async (ids, startToken) => {
      const mask = new Tensor("int64", new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
      const input = new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const { last_hidden_state: states } = await encoder.run({ input_ids: input, attention_mask: mask });
      const outputs = await decoder.run(
        {
          encoder_attention_mask: mask,
          encoder_hidden_states: states as Tensor,
          input_ids: new Tensor("int64", [BigInt(startToken)], [1, 1]),
          use_cache_branch: first,
          ...layout.empty,
        },
        [...layout.stepOutputs, ...layout.crossOutputs],
      );
      return {
        scores: outputs.logits?.data as Float32Array,
        length: ids.length,
        self: layout.selfOutputs.map((name) => outputs[name]?.data as Float32Array),
        cross: layout.crossOutputs.map((name) => outputs[name]?.data as Float32Array),
      };
    },
    batch: (rows) => createBatchState(rows, layout),
    step: async (batch, tokens) => {
      const outputs = await decoder.run(
        {
          ...batch.feeds(),
          encoder_hidden_states: noStates,
          input_ids: new Tensor("int64", BigInt64Array.from(tokens, BigInt), [tokens.length, 1]),
          use_cache_branch: later,
        },
        layout.stepOutputs,
      );
      batch.append(layout.selfOutputs.map((name) => outputs[name]?.data as Float32Array));
      const logits = outputs.logits?.data as Float32Array;
      const size = logits.length / tokens.length;
      return tokens.map((_, row) => logits.subarray(row * size, (row + 1) * size));
    },
    release: async () => {
      await encoder.release();
      await decoder.release();
    },
  };
}

function sessionOptions({ device, threads }: NetworkOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: device === "cuda" ? ["cuda", "cpu"] : ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Errors only: warnings of a failing run would log token ids of the text.
    logSeverityLevel: 4,
    // Threads may wait for each other by spinning inside a run, which makes a batched step a fifth faster, but not after
    // it: they would take the cores from the other session, and burn those of an idle worker.
    extra: {
      session: {
        force_spinning_stop: "1",
        intra_op: { allow_spinning: "1" },
        inter_op: { allow_spinning: "0" },
      },
    },
  };
}
