"""A Hugging Face folder as encoder and merged decoder in ONNX, weight-only 8-bit. argv: source, target."""

import os
import shutil
import subprocess
import sys

from optimum.exporters.onnx import main_export

source, target = sys.argv[1:3]
full = target + "-fp32"
shutil.rmtree(full, ignore_errors=True)
shutil.rmtree(target, ignore_errors=True)
main_export(source, full, task="text2text-generation-with-past", device="cpu", opset=17, do_validation=False)
os.makedirs(target + "/onnx")
for name in ["config.json", "generation_config.json"]:
    shutil.copy(f"{full}/{name}", target)
for name in ["tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(f"{source}/{name}", target)
# The script that made the bundled models; blocks of 128, since at this size the scales of blocks of 32 take 120 MB.
quantize = os.path.join(os.path.dirname(os.path.abspath(__file__)), "quantize_weights.py")
subprocess.check_call([sys.executable, quantize, full, target + "/onnx", "128"])
shutil.rmtree(full)
