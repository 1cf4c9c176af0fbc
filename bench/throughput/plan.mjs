/**
 * How much each kind of run measures: texts per repetition for one client, for eight and for `many`, and repetitions.
 * `quick` only shows that everything runs; `brief` gives first figures for every side, Python included.
 */
export const plans = {
  quick: { set: "mini", one: 2, eight: 8, many: 16, batching: 32, repetitions: 1, queueJobs: 64 },
  brief: { set: "mini", one: 4, eight: 16, many: 64, batching: 32, repetitions: 3, queueJobs: 300 },
  mini: { set: "mini", one: 16, eight: 32, many: 64, batching: 32, repetitions: 5, queueJobs: 600 },
  // A text takes seconds, on the Python side many: enough to fill a batch, and no beam search.
  real: { set: "real", one: 1, eight: 8, many: 8, batching: 0, repetitions: 5, queueJobs: 0, beams: false },
};

/** Lengths in each side's own options: `generate` counts the start token, `max_new_tokens` does not. */
export function lengthsOf(setName) {
  // Random weights never write an end token: all sides write 65 tokens. The bundled models end by themselves.
  return setName === "real"
    ? { http: { max_length: 66 }, bare: { maxNewTokens: 65, minNewTokens: 56, noRepeat: 3 } }
    : { http: { max_length: 80 }, bare: { maxNewTokens: 79, minNewTokens: 7, noRepeat: 4 } };
}

export const prefixOf = { bart: "", t5: "summarize: " };
