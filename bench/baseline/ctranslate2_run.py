"""CTranslate2 int8 in one Python process, no server: reads lines of JSON jobs, answers each with one line.

CT2_DIR: converted model; MODEL_DIR: its tokenizer and config. A job: {"texts", "max_length", "min_length", "beams", "rows"}.
"""

import json
import os
import sys
import time

import ctranslate2
from transformers import AutoConfig, AutoTokenizer

folder = os.environ["MODEL_DIR"]
tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True)
config = AutoConfig.from_pretrained(folder)
task = (config.task_specific_params or {}).get("summarization", {})
# BART's last token is always the end token.
FORCED_END = 1 if config.model_type == "bart" else 0
translator = ctranslate2.Translator(
    os.environ["CT2_DIR"], device="cpu", compute_type="int8", intra_threads=int(os.environ.get("TORCH_THREADS", "0"))
)
print(json.dumps({"ready": True}), flush=True)

for line in sys.stdin:
    job = json.loads(line)
    start = time.perf_counter()
    sources = [
        tokenizer.convert_ids_to_tokens(
            tokenizer.encode(task.get("prefix", "") + text, truncation=True, max_length=tokenizer.model_max_length)
        )
        for text in job["texts"]
    ]
    most = job.get("max_length") or task.get("max_length", 110)
    least = job.get("min_length")
    least = task.get("min_length", 8) if least is None else least
    latencies, tokens, summaries = [], 0, []
    for first in range(0, len(sources), job.get("rows", 1)):
        began = time.perf_counter()
        for result in translator.translate_batch(
            sources[first : first + job.get("rows", 1)],
            beam_size=job.get("beams", 1),
            # `generate` counts the start token and a forced end too, this library neither.
            max_decoding_length=most - 1 - FORCED_END,
            min_decoding_length=max(0, min(least, most) - 1 - FORCED_END),
            no_repeat_ngram_size=task.get("no_repeat_ngram_size", 0),
            length_penalty=task.get("length_penalty", 1.0),
        ):
            ids = tokenizer.convert_tokens_to_ids(result.hypotheses[0])
            tokens += len(ids) + 1
            summaries.append(tokenizer.decode(ids, skip_special_tokens=True).strip())
        latencies.append((time.perf_counter() - began) * 1000)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "latencies_ms": latencies,
                "tokens": tokens,
                "summaries": summaries,
            }
        ),
        flush=True,
    )
