// The smallest program that summarizes with transformers.js: no queue, no server, no second process. Reads jobs from its parent.
import { AutoModelForSeq2SeqLM, AutoTokenizer, env, LogLevel } from "@huggingface/transformers";

const { folder, threads, prefix } = JSON.parse(process.argv[2]);
env.allowRemoteModels = false;
env.logLevel = LogLevel.NONE;
const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
const model = await AutoModelForSeq2SeqLM.from_pretrained(folder, {
  dtype: "q8",
  device: "cpu",
  local_files_only: true,
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
});

async function summarizeBatch(texts, { maxNewTokens, minNewTokens, noRepeat }) {
  const inputs = await tokenizer(
    texts.map((text) => prefix + text),
    { padding: true, truncation: true },
  );
  const output = await model.generate({
    ...inputs,
    num_beams: 1,
    do_sample: false,
    max_new_tokens: maxNewTokens,
    min_new_tokens: minNewTokens,
    no_repeat_ngram_size: noRepeat,
  });
  const end = model.config.eos_token_id;
  return output.tolist().map((row) => {
    const ids = row.slice(1).map(Number);
    const last = ids.indexOf(end);
    return {
      tokens: last === -1 ? ids.length : last + 1,
      summary: tokenizer.decode(ids, { skip_special_tokens: true }).trim(),
    };
  });
}

process.on("message", async ({ texts, rows, lengths }) => {
  const latencies = [];
  const results = [];
  const start = performance.now();
  for (let first = 0; first < texts.length; first += rows) {
    const began = performance.now();
    results.push(...(await summarizeBatch(texts.slice(first, first + rows), lengths)));
    latencies.push(performance.now() - began);
  }
  process.send({
    seconds: (performance.now() - start) / 1000,
    latencies,
    tokens: results.reduce((total, { tokens }) => total + tokens, 0),
    summaries: results.map(({ summary }) => summary),
  });
});
process.on("disconnect", () => process.exit(0));
process.send("ready");
