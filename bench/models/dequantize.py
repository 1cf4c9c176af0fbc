"""A weight-only 8-bit ONNX model back as a Hugging Face folder in fp32, so that Python runs the same weights.

argv: source (onnx/encoder_model_quantized.onnx, onnx/decoder_model_merged_quantized.onnx, config, tokenizer), target.
The output projection stays tied to the embedding, as in the original model.
"""

import os
import shutil
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoConfig, AutoModelForSeq2SeqLM, GenerationConfig

source, target = sys.argv[1:3]
config = AutoConfig.from_pretrained(source)
model = AutoModelForSeq2SeqLM.from_config(config).eval()
state = model.state_dict()
found: dict[str, np.ndarray] = {}


def graphs(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def locate(name: str, part: str) -> str | None:
    """The state dict's key for a name in the encoder's or decoder's graph."""
    for candidate in (name, f"{part}.{name}", f"model.{part}.{name}", f"model.{name}"):
        if candidate in state:
            return candidate
    return None


for part, file in (("encoder", "encoder_model"), ("decoder", "decoder_model_merged")):
    loaded = onnx.load(f"{source}/onnx/{file}_quantized.onnx")
    every = list(graphs(loaded.graph))
    tensors = {i.name: i for graph in every for i in graph.initializer}
    for name in tensors:
        plain = name.split("_merged_")[0]
        if plain.endswith("_i8") or name.endswith("_i8"):
            scale = numpy_helper.to_array(tensors[name[: -len("_i8")] + "_scale"])
            found["embedding"] = numpy_helper.to_array(tensors[name]).astype(np.float32) * scale
        elif key := locate(plain, part):
            found[key] = numpy_helper.to_array(tensors[name])
    for graph in every:
        for node in graph.node:
            if node.op_type != "MatMulNBits":
                continue
            module = node.name.removesuffix("_Q8").removesuffix("/MatMul").strip("/").replace("/", ".")
            key = locate(f"{module}.weight", part)
            if key is None:
                continue
            sizes = {a.name: a.i for a in node.attribute}
            codes = numpy_helper.to_array(tensors[node.input[1]]).astype(np.float32) - 128
            scales = numpy_helper.to_array(tensors[node.input[2]])
            scales = scales.reshape(sizes["N"], -1)[:, :, None]
            found[key] = (codes * scales).reshape(sizes["N"], -1)[:, : sizes["K"]]

embedding = found.pop("embedding")
for key in state:
    if key.endswith(("embed_tokens.weight", "shared.weight", "lm_head.weight")):
        found[key] = embedding
missing = [key for key in state if key not in found and key != "final_logits_bias"]
if missing:
    raise SystemExit(f"not found in the ONNX files: {missing}")
model.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in found.items()}, strict=False)
model.generation_config = GenerationConfig.from_pretrained(source)
if config.model_type == "bart":
    # As in the hub's BART configs; CTranslate2's converter asks for both.
    model.config.normalize_before, model.config.normalize_embedding = False, True
shutil.rmtree(target, ignore_errors=True)
model.save_pretrained(target)
for name in ["tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(f"{source}/{name}", target)
print(target, os.path.getsize(f"{target}/model.safetensors"))
