import { networkPath, type ResolvedModel } from "@precis/models";
import { explainPasses } from "@precis/onnx";
import { type Finding, failed, passed } from "./finding.js";

/**
 * Whether the graph passes recognize a model's networks. A network that they do not recognize runs as exported: it is slower
 * and takes more memory, but nothing is wrong with it.
 */
export function checkGraphs(model: ResolvedModel, device: "cpu" | "cuda"): Finding {
  const check = `graphs ${model.name}`;
  try {
    const notes = explainPasses({
      encoder: networkPath(model, "encoder_model"),
      decoder: networkPath(model, "decoder_model_merged"),
      contextLength: model.context_length,
      fuse: device === "cpu",
    });
    if (notes.length === 0) return passed(check, "every optimization pass recognizes them");
    return passed(check, `${notes.join("; ")}; the model runs slower, or takes more memory, than it could`);
  } catch (error) {
    return failed(
      check,
      (error as Error).message,
      "use an export of the encoder and the merged decoder, such as optimum's",
    );
  }
}
