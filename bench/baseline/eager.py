"""The old service, first form: three modules each loaded both models at import and never unloaded them."""

import copy

from fastapi import FastAPI
from memory_report import memory_report
from summarize_request import SummarizeRequest
from summarizer import Summarizer

app = FastAPI()


def load(name: str) -> Summarizer:
    # This service ran on versions of transformers that read weights into memory of their own. The pinned one maps the
    # file, so that weights count once they are used, and a second copy shares the first one's pages.
    summarizer = Summarizer(name)
    summarizer.model = copy.deepcopy(summarizer.model)
    return summarizer


copies = [{"bart": load("bart"), "t5": load("t5")} for _ in range(3)]


@app.get("/memory")
def memory():
    return memory_report(True, True)


@app.post("/api/v1/summarize")
def summarize(request: SummarizeRequest):
    summary, tokens = copies[0][request.model].summarize(request.text, request.max_length, request.min_length)
    return {"summary": summary, "output_tokens": tokens}
