"""The bundled model in every precision, from full-precision ONNX files. argv: torch folder, target.

fp32 as exported; w4 as bench/models/quantize_weights.py makes the bundled files, with 4 bits for the weights of products (what is looked
up stays at 8); dynamic with the settings of the hub's files (transformers.js, scripts/convert.py: by channel, 7 bits).
"""

import os
import shutil
import sys

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from optimum.exporters.onnx import main_export

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models"))
import quantize_weights  # noqa: E402

source, target = sys.argv[1:3]
full = f"{target}/fp32/onnx"
main_export(
    source, f"{target}/export", task="text2text-generation-with-past", device="cpu", opset=17, do_validation=False
)
os.makedirs(full)
files = ["encoder_model", "decoder_model_merged"]
for name in files:
    shutil.move(f"{target}/export/{name}.onnx", full)
shutil.rmtree(f"{target}/export")
os.makedirs(f"{target}/w4/onnx")
for name in files:
    model = onnx.load(f"{full}/{name}.onnx")
    quantize_weights.fold_transposes(model)
    quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    model = quantizer.model.model
    quantize_weights.quantize_embeddings(model)
    quantize_weights.share_branch_weights(model)
    onnx.save(model, f"{target}/w4/onnx/{name}_q4.onnx")
os.makedirs(f"{target}/dynamic/onnx")
for name in files:
    quantize_dynamic(
        f"{full}/{name}.onnx",
        f"{target}/dynamic/onnx/{name}_quantized.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"EnableSubgraph": True},
    )
