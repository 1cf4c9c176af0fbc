import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const bench = dirname(dirname(fileURLToPath(import.meta.url)));

/** The project's root. */
export const root = dirname(bench);
/** Everything that is generated is here; git ignores it. */
export const cache = join(bench, ".cache");
export const venvPython = join(cache, "venv", "bin", "python");
export const baselineFolder = join(bench, "baseline");

/**
 * The two model sets that are measured: `mini` as bundled, `real` in the shapes of bart-large-cnn and t5-small.
 * `torch` holds Hugging Face folders for Python, `ct2` CTranslate2's, `manifest` selects the set in Precis, `beams` the
 * same with four beams.
 */
export const modelSets = {
  mini: {
    manifest: join(root, "models", "mini", "manifest.json"),
    onnx: (model) => join(root, "models", "mini", model),
    torch: (model) => join(cache, "torch", "mini", model),
    ct2: (model) => join(cache, "ct2", "mini", model),
    beams: join(cache, "variants", "mini-beams.json"),
  },
  real: {
    manifest: join(cache, "real", "manifest.json"),
    onnx: (model) => join(cache, "real", model),
    torch: (model) => join(cache, "torch", "real", model),
    ct2: (model) => join(cache, "ct2", "real", model),
    beams: join(cache, "variants", "real-beams.json"),
  },
};
