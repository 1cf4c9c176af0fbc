import {
  AutoModelForSeq2SeqLM,
  AutoTokenizer,
  env,
  LogLevel,
  StoppingCriteria,
  Tensor,
} from "@huggingface/transformers";
import { type JobProgress, type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import { type ResolvedModel, verifyModel } from "@precis/models";
import { summarizeText } from "./summarize-text.js";

export interface LoadModelOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
  /** Reserved for batching: most rows generated together. */
  maxRows: number;
}

export interface SummarizeInput {
  text: string;
  /** Tokens. */
  maxLength?: number;
  /** Tokens. */
  minLength?: number;
}

export interface SummarizeHooks {
  signal?: AbortSignal;
  onProgress?: (progress: JobProgress) => void;
  /** The text generated so far, whenever a chunk of it is done. */
  onPartial?: (text: string) => void;
}

/** A model with its weights in memory. */
export interface LoadedModel {
  readonly name: ModelName;
  /** @throws {PrecisError} `text_empty`, `cancelled` (within one token of the signal) or `generation_failed`. */
  summarize(input: SummarizeInput, hooks?: SummarizeHooks): Promise<JobResult>;
}

/** Stops a generation at the next token once its signal is aborted. */
class StopOnAbort extends StoppingCriteria {
  constructor(private readonly stopped: () => boolean) {
    super();
  }

  override _call(ids: number[][]): boolean[] {
    return ids.map(() => this.stopped());
  }
}

/** Verifies a model's files and loads it from its folder; nothing is ever fetched. */
export async function loadModel(model: ResolvedModel, options: LoadModelOptions): Promise<LoadedModel> {
  env.allowRemoteModels = false;
  // onnxruntime would log token ids of the text with its errors.
  env.logLevel = LogLevel.NONE;
  const [, tokenizer, network] = await Promise.all([
    verifyModel(model),
    AutoTokenizer.from_pretrained(model.path, { local_files_only: true }),
    AutoModelForSeq2SeqLM.from_pretrained(model.path, {
      local_files_only: true,
      dtype: model.dtype,
      device: options.device,
      session_options: {
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        // Threads that spin while they wait would burn a core of an idle worker.
        extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
      },
    }),
  ]);
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false });
  const config = network.config as unknown as { bos_token_id?: number; eos_token_id: number; model_type: string };
  const before = [...(config.model_type === "bart" ? [config.bos_token_id ?? 0] : []), ...encode(model.prefix)];
  const special = new Set(tokenizer.all_special_ids);
  // One generation at a time: several at once would only take the threads from each other.
  let previous: Promise<unknown> = Promise.resolve();

  const generate = async (text: string, most: number, least: number, signal: AbortSignal | undefined) => {
    if (signal?.aborted) throw cancelled();
    const ids = [...before, ...encode(text), config.eos_token_id];
    const input = (values: bigint[]) => new Tensor("int64", BigInt64Array.from(values), [1, values.length]);
    const output = (await network.generate({
      inputs: input(ids.map(BigInt)),
      attention_mask: input(ids.map(() => 1n)),
      num_beams: 1,
      do_sample: false,
      // Begin and end tokens count in the library, but not in a summary's length; what is more than that is cut below.
      max_new_tokens: most + 2,
      min_new_tokens: least,
      no_repeat_ngram_size: model.generation.no_repeat_ngram_size,
      ...({ stopping_criteria: new StopOnAbort(() => signal?.aborted ?? false) } as object),
    })) as Tensor;
    if (signal?.aborted) throw cancelled();
    const generated = Array.from(output.data as BigInt64Array, Number).filter((id) => !special.has(id));
    return tokenizer.decode(generated.slice(0, most), { skip_special_tokens: true }).trim();
  };

  return {
    name: model.name,
    summarize: (input, hooks = {}) =>
      summarizeText(input, hooks, {
        model,
        // Room for the text itself.
        chunkTokens: model.context_length - before.length - 1,
        countTokens: (text) => encode(text).length,
        generate: (text, most, least, signal) => {
          const next = previous.then(() => generate(text, most, least, signal));
          previous = next.catch(() => {});
          return next;
        },
      }),
  };
}

function cancelled(): PrecisError {
  return new PrecisError("cancelled", "the job was cancelled while it ran");
}
