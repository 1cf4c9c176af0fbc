"""The old service, later form: each model a singleton that is loaded by the first request that needs it."""

import gc

from fastapi import FastAPI
from memory_report import memory_report
from summarize_request import SummarizeRequest
from summarizer import Summarizer

app = FastAPI()
loaded: dict[str, Summarizer] = {}


@app.get("/memory")
def memory():
    return memory_report("bart" in loaded, "t5" in loaded)


@app.post("/memory/unload")
def unload():
    loaded.clear()
    gc.collect()
    return {"status": "ok", **memory_report(False, False)}


@app.post("/api/v1/summarize")
def summarize(request: SummarizeRequest):
    if request.model not in loaded:
        loaded[request.model] = Summarizer(request.model)
    summary, tokens = loaded[request.model].summarize(request.text, request.max_length, request.min_length)
    return {"summary": summary, "output_tokens": tokens}
