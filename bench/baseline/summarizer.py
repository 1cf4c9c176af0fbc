"""One loaded model and its `summarize`, as the old service had it: text in, generated summary out, on the CPU in fp32."""

import os

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

if "TORCH_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["TORCH_THREADS"]))

FOLDERS = {"bart": os.environ["BART_DIR"], "t5": os.environ["T5_DIR"]}
NUM_BEAMS = int(os.environ.get("NUM_BEAMS", "4"))


class Summarizer:
    def __init__(self, name: str):
        folder = FOLDERS[name]
        self.tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
        self.task = (self.model.config.task_specific_params or {}).get("summarization", {})
        # The library has no limit of its own: as in the old service, the text is cut at the model's context length.
        self.most_input = self.tokenizer.model_max_length

    @torch.inference_mode()
    def summarize(self, text: str, max_length: int | None = None, min_length: int | None = None) -> tuple[str, int]:
        """The summary and how many tokens were generated. Lengths are those of `generate`, start and end included."""
        most = max_length or self.task.get("max_length", 110)
        least = self.task.get("min_length", 8) if min_length is None else min_length
        inputs = self.tokenizer(
            self.task.get("prefix", "") + text, return_tensors="pt", truncation=True, max_length=self.most_input
        )
        output = self.model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            num_beams=NUM_BEAMS,
            do_sample=False,
            max_length=most,
            min_length=min(least, most - 1),
            no_repeat_ngram_size=self.task.get("no_repeat_ngram_size", 0),
            length_penalty=self.task.get("length_penalty", 1.0) if NUM_BEAMS > 1 else None,
            early_stopping=NUM_BEAMS > 1,
        )[0]
        return self.tokenizer.decode(output, skip_special_tokens=True).strip(), int(output.shape[0]) - 1
