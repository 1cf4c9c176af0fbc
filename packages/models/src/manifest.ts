import { z } from "zod";

/**
 * Weight formats and the end of their file names, as transformers.js has them. Left out are those whose key–value cache
 * is float16 (`fp16`, `q4f16`): the generation loop keeps it in float32.
 */
export const dtypeSuffixes = {
  fp32: "",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  bnb4: "_bnb4",
} as const;

const tokens = z.int().nonnegative();

/**
 * How a summary is generated, in the words and with the meaning of transformers' `generate`: `max_length` and
 * `min_length` count the start, begin and end tokens too.
 */
export const generationSchema = z.strictObject({
  max_length: tokens,
  min_length: tokens,
  num_beams: z.int().min(1).max(16),
  no_repeat_ngram_size: z.int().nonnegative(),
  repetition_penalty: z.number().positive(),
  length_penalty: z.number(),
  early_stopping: z.union([z.boolean(), z.literal("never")]),
  forced_bos_token_id: z.int().nonnegative().nullable(),
  forced_eos_token_id: z.int().nonnegative().nullable(),
});
export type GenerationSettings = z.infer<typeof generationSchema>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");

/** A file's path inside the model's folder; never out of it. */
const filePath = z.string().regex(/^(?!.*\.\.)[\w.][\w./-]*$/, "must be a relative path without ..");

const folderFileSchema = z.strictObject({ path: filePath, size: z.int().nonnegative(), sha256 });
/** For a hub file whose size and hash nobody has measured yet: the first pull writes them to a lock file. */
const hubFileSchema = z.strictObject({
  path: filePath,
  size: z.int().nonnegative().optional(),
  sha256: sha256.optional(),
});
export type ModelFile = z.infer<typeof hubFileSchema>;

const common = {
  dtype: z.enum(Object.keys(dtypeSuffixes) as [keyof typeof dtypeSuffixes]),
  /** Put before every chunk; T5 was trained with `summarize: `. */
  prefix: z.string(),
  /** What differs from the model's own generation_config.json and task_specific_params.summarization. */
  generation: generationSchema.partial(),
  /** Most input tokens of one generation, prefix and special tokens included. */
  context_length: z.int().min(16),
  /** Most tokens one generation may produce, special tokens included: the decoder's limit. */
  max_output_tokens: z.int().min(8),
  /**
   * Whether texts may be generated together. False for dynamically quantized weights (what hubs call `q8`): there the
   * scale of an activation is taken over the whole batch, so that a text's summary would depend on its neighbours.
   */
  batching: z.boolean().default(true),
  /** Measured peak resident memory of a model process that generates `peak_rows` (32) rows as long as the model can write. */
  peak_rss_bytes: z.int().positive(),
  peak_rows: z.int().min(2).optional(),
  /** The same measured with a single row; what lies between is proportional. Default: the peak, whatever the rows. */
  single_row_rss_bytes: z.int().positive().optional(),
};

export const modelEntrySchema = z.union([
  z.strictObject({
    source: z.strictObject({ folder: z.string().min(1) }),
    files: z.array(folderFileSchema).min(1),
    ...common,
  }),
  z.strictObject({
    source: z.strictObject({
      hub: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name"),
      /** A commit, or a branch whose files the first pull pins. */
      revision: z.string().regex(/^[\w.-]+$/, "must be a commit, tag or branch"),
    }),
    files: z.array(hubFileSchema).min(1),
    ...common,
  }),
]);
export type ModelEntry = z.infer<typeof modelEntrySchema>;

export const modelSetSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, "must be a plain name"),
  description: z.string(),
  license: z.string(),
  models: z.strictObject({ bart: modelEntrySchema, t5: modelEntrySchema }),
});
