import { isBlank, type JobProgress, type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import type { GenerationSettings } from "@precis/models";
import type { Batcher } from "../scheduler/create-batcher.js";
import { cancelled } from "../scheduler/generation-request.js";
import { cleanText, collapseSpaces } from "../text/clean-text.js";
import { type Chunk, splitText } from "../text/split-text.js";
import type { TextTokenizer } from "../tokenizer/open-tokenizer.js";
import { firstWords } from "./first-words.js";
import { mapLimited } from "./map-limited.js";
import { type Lengths, planLengths } from "./plan-lengths.js";
import { createProgressReporter } from "./report-progress.js";

export interface SummarizeInput {
  text: string;
  /** The maximum number of tokens of the summary; the model's default when absent. */
  maxLength?: number;
  /** The minimum number of tokens of the summary, unless the text is shorter. */
  minLength?: number;
  /** 1 is greedy; the model set's default when absent. */
  numBeams?: number;
}

export interface SummarizeHooks {
  /** Stops the generation within one token; `summarize` then rejects with `cancelled`. */
  signal?: AbortSignal;
  onProgress?: (progress: JobProgress) => void;
  /**
   * Called with the summary so far. With beams, even its beginning may still change. The property is read at every token, so
   * that a getter can switch it on and off; no text is decoded while it is undefined.
   */
  onPartial?: ((textSoFar: string) => void) | undefined;
}

/** The parts of a loaded model that summarizing uses, so that it can be tested without weights. */
export interface Summarizer {
  name: ModelName;
  settings: GenerationSettings;
  contextLength: number;
  maxOutputTokens: number;
  tokenizer: TextTokenizer;
  generate: Batcher["generate"];
  /** The maximum number of chunks of one text that run at once, so that a book does not delay every other text. */
  maxConcurrentChunks: number;
}

/** A single word of up to this many tokens is not summarized. */
const maxWordTokens = 16;

/**
 * Summarizes a text of any length. It is split into chunks that fit the model, each chunk is summarized, and the joined
 * summaries are summarized again until they fit. Every round at least halves the text, so the rounds end.
 *
 * @throws {PrecisError} `text_empty`, `cancelled` or `generation_failed`
 */
export async function summarizeText(
  input: SummarizeInput,
  hooks: SummarizeHooks,
  model: Summarizer,
): Promise<JobResult> {
  try {
    return await summarize(input, hooks, model);
  } catch (error) {
    throw hooks.signal?.aborted ? cancelled() : error;
  }
}

async function summarize(input: SummarizeInput, hooks: SummarizeHooks, model: Summarizer): Promise<JobResult> {
  const { tokenizer } = model;
  const { signal } = hooks;
  const text = cleanText(input.text);
  if (isBlank(text)) throw new PrecisError("text_empty", "the text has no visible character");
  const settings = { ...model.settings, num_beams: input.numBeams ?? model.settings.num_beams };
  const plan = planLengths(input, settings, tokenizer.leading + 2, model.maxOutputTokens);
  const split = (whole: string) => splitText(whole, model.contextLength - tokenizer.overhead, tokenizer.count, signal);

  const { chunks, tokens: inputTokens } = await split(text);
  const result = (summary: string, outputTokens: number): JobResult => ({
    summary,
    model: model.name,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    truncated: false,
    chunks: chunks.length,
  });
  const isWord = inputTokens <= maxWordTokens && !/\s/.test(text);
  if (isWord || inputTokens <= plan.minTokens) {
    return { ...result(collapseSpaces(text), inputTokens), notice: "text_shorter_than_summary" };
  }

  const progress = createProgressReporter(hooks.onProgress);
  const write = async (chunk: Chunk, lengths: Lengths, isSummary = false) => {
    const ids = await model.generate(
      tokenizer.encodeInput(chunk.text),
      { ...settings, ...lengths },
      {
        signal,
        onToken: (soFar) => {
          progress.countToken();
          if (isSummary) hooks.onPartial?.(tokenizer.decode(soFar));
        },
      },
    );
    progress.countChunk();
    return { text: tokenizer.decode(ids), tokens: ids.filter((id) => !tokenizer.isSpecial(id)).length };
  };

  let parts = chunks;
  let previousTokens = inputTokens;
  let shrink = 1;
  while (parts.length > 1) {
    progress.expectChunks(parts.length);
    const written = await mapLimited(parts, model.maxConcurrentChunks, (chunk) =>
      write(chunk, plan.part(chunk.tokens, parts.length, shrink)),
    );
    const joined = written.flatMap((part) => (part.text === "" ? [] : [part.text])).join(" ");
    if (joined === "") break;
    const next = await split(joined);
    if (next.tokens <= plan.maxTokens) {
      hooks.onPartial?.(joined);
      return result(joined, next.tokens);
    }
    // Each part is at most half as long, but decoding text and encoding it again may add tokens.
    if (next.tokens > previousTokens * 0.75) shrink /= 2;
    previousTokens = next.tokens;
    parts = next.chunks;
  }

  progress.expectChunks(1);
  const summary = await write(parts[0] as Chunk, plan.final, true);
  if (summary.text !== "") return result(summary.text, summary.tokens);
  // The model writes nothing about text in no language that it knows. The beginning is better than an empty summary.
  const beginning = firstWords((chunks[0] as Chunk).text, plan.maxTokens, tokenizer.count);
  return result(beginning, tokenizer.count(beginning));
}
