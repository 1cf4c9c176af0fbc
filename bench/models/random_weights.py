"""A model of a public shape with random weights, as a Hugging Face folder. argv: bart|t5, tokenizer folder, target.

Speed and memory depend on the shapes only. The end token's logit is pushed down through its embedding's neighbours by
forcing lengths at generation, not here: both sides are asked for min_length = max_length.
"""

import json
import os
import shutil
import sys

import torch
from transformers import BartConfig, BartForConditionalGeneration, GenerationConfig, T5Config, T5ForConditionalGeneration

kind, tokenizer, target = sys.argv[1:4]
torch.manual_seed(7)
if kind == "bart":  # facebook/bart-large-cnn
    config = BartConfig(
        vocab_size=50264, max_position_embeddings=1024, d_model=1024, encoder_layers=12, decoder_layers=12,
        encoder_attention_heads=16, decoder_attention_heads=16, encoder_ffn_dim=4096, decoder_ffn_dim=4096,
        forced_eos_token_id=2,
    )  # fmt: skip
    task = dict(prefix="", max_length=142, min_length=56, num_beams=4, no_repeat_ngram_size=3, length_penalty=2.0, early_stopping=True)  # fmt: skip
    model = BartForConditionalGeneration(config)
    start = dict(bos_token_id=0, decoder_start_token_id=2, eos_token_id=2, forced_eos_token_id=2, pad_token_id=1)
    context = 1024
else:  # google-t5/t5-small
    config = T5Config(
        vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6, num_decoder_layers=6, num_heads=8,
        decoder_start_token_id=0,
    )  # fmt: skip
    task = dict(prefix="summarize: ", max_length=200, min_length=30, num_beams=4, no_repeat_ngram_size=3, length_penalty=2.0, early_stopping=True)  # fmt: skip
    model = T5ForConditionalGeneration(config)
    start = dict(decoder_start_token_id=0, eos_token_id=1, pad_token_id=0)
    context = 512
model.config.task_specific_params = {"summarization": task}
model.generation_config = GenerationConfig(
    **start, max_length=task["max_length"], no_repeat_ngram_size=task["no_repeat_ngram_size"]
)
shutil.rmtree(target, ignore_errors=True)
model.eval().save_pretrained(target)
shutil.copy(f"{tokenizer}/tokenizer.json", target)
with open(f"{tokenizer}/tokenizer_config.json") as source:
    tokenizer_config = json.load(source)
tokenizer_config["model_max_length"] = context
with open(os.path.join(target, "tokenizer_config.json"), "w") as file:
    json.dump(tokenizer_config, file, indent=2)
print(target, f"{sum(p.numel() for p in model.parameters()) / 1e6:.0f} M parameters")
