import { type JobResult, PrecisError } from "@precis/contracts";
import type { ResolvedModel } from "@precis/models";
import { cleanText } from "./clean-text.js";
import type { SummarizeHooks, SummarizeInput } from "./load-model.js";
import { splitText } from "./split-text.js";

/** What summarizing needs of a model, so that it can be tested without weights. */
export interface Summarizer {
  model: Pick<ResolvedModel, "name" | "generation" | "max_output_tokens">;
  /** Most tokens of one chunk. */
  chunkTokens: number;
  countTokens(text: string): number;
  /** Summary of one chunk, of `least` to `most` tokens. */
  generate(text: string, most: number, least: number, signal: AbortSignal | undefined): Promise<string>;
}

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Summarizes a text of any length. What exceeds the context is split, each chunk summarized, and the joined summaries
 * summarized again until they fit `maxLength` tokens. A round that does not shrink the text halves what each chunk may
 * take in the next one, so that it comes to an end.
 */
export async function summarizeText(
  input: SummarizeInput,
  hooks: SummarizeHooks,
  { model, chunkTokens, countTokens, generate }: Summarizer,
): Promise<JobResult> {
  const text = cleanText(input.text);
  if (text === "") throw new PrecisError("text_empty", "the text holds no visible character");
  const most = input.maxLength ?? Math.max(model.generation.max_length, input.minLength ?? 0);
  const least = Math.min(input.minLength ?? model.generation.min_length, most);

  let pieces = await splitText(text, chunkTokens, countTokens, pause);
  const inputTokens = pieces.reduce((sum, piece) => sum + piece.tokens, 0);
  const result = (summary: string, extra: Partial<JobResult> = {}): JobResult => ({
    summary,
    model: model.name,
    input_tokens: inputTokens,
    output_tokens: countTokens(summary),
    truncated: false,
    chunks: pieces.length,
    ...extra,
  });
  // Nothing can be left out of a text that is no longer than the shortest summary allowed.
  if (inputTokens <= least) return result(text.replace(/\s+/g, " "), { notice: "text_shorter_than_summary" });

  const chunks = pieces.length;
  let done = 0;
  let total = chunks;
  let tokens = 0;
  let allowance = Math.min(most, model.max_output_tokens);
  let previousTokens = inputTokens;
  while (true) {
    const summaries = await Promise.all(
      pieces.map(async (piece) => {
        const own = Math.max(1, Math.min(allowance, piece.tokens));
        const summary = await generate(piece.text, own, Math.min(least, own), hooks.signal);
        tokens += countTokens(summary);
        done += 1;
        hooks.onProgress?.({ chunks_done: done, chunks_total: total, tokens });
        return summary;
      }),
    );
    const joined = summaries.filter((summary) => summary !== "").join(" ");
    hooks.onPartial?.(joined);
    const joinedTokens = countTokens(joined);
    if (joinedTokens <= most || (pieces.length === 1 && allowance <= 1)) return { ...result(joined), chunks };
    if (joinedTokens >= previousTokens) allowance = Math.max(1, Math.floor(allowance / 2));
    previousTokens = joinedTokens;
    pieces = await splitText(joined, chunkTokens, countTokens, pause);
    total += pieces.length;
  }
}
