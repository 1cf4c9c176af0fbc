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
  /** Most tokens of the summary; the model's default when absent. */
  maxLength?: number;
  /** Fewest tokens of the summary, as far as the text has more. */
  minLength?: number;
  /** 1 is greedy; the model set's default when absent. */
  numBeams?: number;
}

export interface SummarizeHooks {
  /** Ends the work within one token; `summarize` then rejects with `cancelled`. */
  signal?: AbortSignal;
  onProgress?: (progress: JobProgress) => void;
  /**
   * The summary as far as it is written. With beams, what it begins with may still change. Read anew at every token, so a
   * getter can switch it on and off; while it is absent nothing is decoded for it.
   */
  onPartial?: ((textSoFar: string) => void) | undefined;
}

/** What summarizing needs of a loaded model, so that it can be tested without weights. */
export interface Summarizer {
  name: ModelName;
  settings: GenerationSettings;
  contextLength: number;
  maxOutputTokens: number;
  tokenizer: TextTokenizer;
  generate: Batcher["generate"];
  /** Most chunks of one text in work at a time, so that a book does not stand in everybody's way. */
  maxChunksAtOnce: number;
}

/** A word of up to so many tokens cannot be said any shorter. */
const wordTokens = 16;

/**
 * Summarizes a text of any length: split into chunks that fit the model, each summarized, and the joined summaries
 * summarized again until they fit. Every round writes at most half of what it read, so the rounds end.
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
  if (isBlank(text)) throw new PrecisError("text_empty", "the text holds no visible character");
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
  const isWord = inputTokens <= wordTokens && !/\s/.test(text);
  if (isWord || inputTokens <= plan.least) {
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
          progress.token();
          if (isSummary) hooks.onPartial?.(tokenizer.decode(soFar));
        },
      },
    );
    progress.chunkDone();
    return { text: tokenizer.decode(ids), tokens: ids.filter((id) => !tokenizer.isSpecial(id)).length };
  };

  let parts = chunks;
  let before = inputTokens;
  let shrink = 1;
  while (parts.length > 1) {
    progress.expect(parts.length);
    const written = await mapLimited(parts, model.maxChunksAtOnce, (chunk) =>
      write(chunk, plan.part(chunk.tokens, parts.length, shrink)),
    );
    const joined = written.flatMap((part) => (part.text === "" ? [] : [part.text])).join(" ");
    if (joined === "") break;
    const next = await split(joined);
    if (next.tokens <= plan.most) {
      hooks.onPartial?.(joined);
      return result(joined, next.tokens);
    }
    // Half of each part is allowed, but text decoded and encoded again may come out longer than it went in.
    if (next.tokens > before * 0.75) shrink /= 2;
    before = next.tokens;
    parts = next.chunks;
  }

  progress.expect(1);
  const summary = await write(parts[0] as Chunk, plan.last, true);
  if (summary.text !== "") return result(summary.text, summary.tokens);
  // Nothing was written, as happens with text that is no language the model knows: how it begins is better than nothing.
  const beginning = firstWords((chunks[0] as Chunk).text, plan.most, tokenizer.count);
  return result(beginning, tokenizer.count(beginning));
}
