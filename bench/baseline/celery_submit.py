"""Submits texts to the Celery worker, `clients` at a time, and prints one JSON line of times.

Standard input: {"texts": [...], "model": ..., "max_length": ..., "min_length": ..., "clients": N}
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from celery_app import summarize

given = json.load(sys.stdin)


def submit(text: str) -> tuple[float, dict]:
    start = time.perf_counter()
    task = summarize.delay(text, given["model"], given.get("max_length"), given.get("min_length"))
    result = task.get(timeout=300, interval=0.005)
    return (time.perf_counter() - start) * 1000, result


start = time.perf_counter()
with ThreadPoolExecutor(given["clients"]) as pool:
    answers = list(pool.map(submit, given["texts"]))
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - start,
            "latencies_ms": [ms for ms, _ in answers],
            "tokens": sum(result["output_tokens"] for _, result in answers),
            "summaries": [result["summary"] for _, result in answers],
        }
    )
)
