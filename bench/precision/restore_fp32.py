"""A bundled model in full precision, as it may have been before its weights were rounded. argv: model folder, torch folder, target.

Its own full-precision weights were not kept. The rounded ones written in full would round without any loss a second time,
and flatter 8 bits. So each weight is drawn evenly from the interval that rounds to the shipped one: rounded anew it gives the
shipped file again, and against it the rounding counts in full. `torch folder` is what bench/models/dequantize.py makes.
"""

import shutil
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoModelForSeq2SeqLM

source, folder, target = sys.argv[1:4]
block = 32
random = np.random.default_rng(7)
model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
state = {key: value.numpy() for key, value in model.state_dict().items()}


def spread(rounded: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Values that round to the given ones; the largest of a block is kept, since it makes the scale."""
    noise = random.uniform(-0.499, 0.499, rounded.shape) * scale
    largest = np.abs(rounded) >= 127.9 * scale
    return np.where(largest, rounded, rounded + noise).astype(np.float32)


def spread_blocks(weight: np.ndarray) -> np.ndarray:
    blocks = weight.reshape(weight.shape[0], -1, block)
    return spread(blocks, np.abs(blocks).max(2, keepdims=True) / 128).reshape(weight.shape)


def shipped_output_projection() -> np.ndarray:
    """Of the tied embedding the output projection is rounded by blocks, more finely than the rows that are looked up."""
    graph = onnx.load(f"{source}/onnx/decoder_model_merged_quantized.onnx").graph
    for attribute in next(node for node in graph.node if node.op_type == "If").attribute:
        for node in attribute.g.node:
            if node.op_type == "MatMulNBits" and "lm_head" in node.name:
                tensors = {i.name: i for i in [*graph.initializer, *attribute.g.initializer]}
                codes = numpy_helper.to_array(tensors[node.input[1]]).astype(np.float32) - 128
                scales = numpy_helper.to_array(tensors[node.input[2]]).reshape(codes.shape[0], -1, 1)
                return (codes * scales).reshape(codes.shape[0], -1)
    raise SystemExit("there is no output projection")


tied = [key for key in state if key.endswith(("embed_tokens.weight", "shared.weight", "lm_head.weight"))]
rows = state[tied[0]]
scale = np.abs(rows).max(1, keepdims=True) / 127
embedding = spread_blocks(shipped_output_projection())
# Within what the looked-up rows round to as well; the largest of a row makes its scale.
embedding = np.clip(embedding, rows - 0.499 * scale, rows + 0.499 * scale)
embedding = np.where(np.abs(rows) >= 126.9 * scale, rows, embedding)
for key, value in state.items():
    if key in tied:
        state[key] = embedding
    elif value.ndim == 2 and key.endswith(".weight") and "embed" not in key and "relative_attention_bias" not in key:
        state[key] = spread_blocks(value)
model.load_state_dict({key: torch.from_numpy(np.array(value, dtype=np.float32)) for key, value in state.items()})
model.save_pretrained(target)
for name in ["tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(f"{folder}/{name}", target)
