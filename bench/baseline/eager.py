"""The old service, first form: three modules each loaded both models at import and never let go."""

from fastapi import FastAPI
from memory_report import memory_report
from summarize_request import SummarizeRequest
from summarizer import Summarizer

app = FastAPI()
copies = [{"bart": Summarizer("bart"), "t5": Summarizer("t5")} for _ in range(3)]


@app.get("/memory")
def memory():
    return memory_report(True, True)


@app.post("/api/v1/summarize")
def summarize(request: SummarizeRequest):
    summary, tokens = copies[0][request.model].summarize(request.text, request.max_length, request.min_length)
    return {"summary": summary, "output_tokens": tokens}
