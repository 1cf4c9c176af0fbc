"""A model of a public shape with random weights, as a Hugging Face folder. argv: bart|t5, tokenizer folder, target.

Speed and memory depend on the shapes only. So that every side generates equally many tokens, the weights are made never
to end a text by themselves (the lengths are forced), and to write whole words only: a summary of random bytes would
have another number of tokens when it is counted again.
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
        forced_eos_token_id=2, normalize_before=False, normalize_embedding=True,
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
# Output scores are products with the (tied) embeddings: next to nothing for a token whose row is next to nothing.
with open(f"{tokenizer}/tokenizer.json") as source:
    tokenizer_file = json.load(source)
vocabulary = tokenizer_file["model"]["vocab"]
words = [i for token, i in vocabulary.items() if token[0] == "\u0120" and token[1:].isalpha() and token[1:] in vocabulary]
scale = torch.full((config.vocab_size, 1), 1e-3)
scale[words] = 1.0
with torch.no_grad():
    model.get_input_embeddings().weight.mul_(scale)
model.config.task_specific_params = {"summarization": task}
model.generation_config = GenerationConfig(
    **start, max_length=task["max_length"], no_repeat_ngram_size=task["no_repeat_ngram_size"]
)
shutil.rmtree(target, ignore_errors=True)
model.eval().save_pretrained(target)
# As many tokens as the model has rows: a tokenizer as large as the real one, and what CTranslate2's converter asks for.
taken = {*vocabulary.values(), *(token["id"] for token in tokenizer_file["added_tokens"])}
vocabulary.update({f"<unused{i}>": i for i in range(config.vocab_size) if i not in taken})
with open(f"{target}/tokenizer.json", "w") as file:
    json.dump(tokenizer_file, file, ensure_ascii=False)
with open(f"{tokenizer}/tokenizer_config.json") as source:
    tokenizer_config = json.load(source)
tokenizer_config["model_max_length"] = context
with open(os.path.join(target, "tokenizer_config.json"), "w") as file:
    json.dump(tokenizer_config, file, indent=2)
print(target, f"{sum(p.numel() for p in model.parameters()) / 1e6:.0f} M parameters")
