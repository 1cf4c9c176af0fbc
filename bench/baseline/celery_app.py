"""What people build with Celery: a Redis broker and a worker that holds the models (REDIS_URL; pool `solo`)."""

import os

from celery import Celery

app = Celery("summaries", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.worker_prefetch_multiplier = 1
loaded: dict = {}


@app.task(name="summarize")
def summarize(text: str, model: str = "bart", max_length: int | None = None, min_length: int | None = None):
    # Imported here so that a process that only submits does not load torch.
    from summarizer import Summarizer

    if model not in loaded:
        loaded[model] = Summarizer(model)
    summary, tokens = loaded[model].summarize(text, max_length, min_length)
    return {"summary": summary, "output_tokens": tokens}
