"""The old service's answer to GET /memory."""

import torch


def memory_report(bart_loaded: bool, t5_loaded: bool) -> dict:
    cuda = torch.cuda.is_available()
    gigabytes = lambda count: f"{count / 1024**3:.2f} GB"  # noqa: E731
    return {
        "device": "cuda" if cuda else "cpu",
        "bart_loaded": bart_loaded,
        "t5_loaded": t5_loaded,
        "cuda_memory_allocated": gigabytes(torch.cuda.memory_allocated() if cuda else 0),
        "cuda_memory_reserved": gigabytes(torch.cuda.memory_reserved() if cuda else 0),
    }
