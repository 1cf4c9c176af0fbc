import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { encodeModel, type OnnxModel, readModel, takeSmallValues } from "@precis/onnx";
import { InferenceSession } from "onnxruntime-node";

export interface SessionOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
}

/** Tensors up to this size are passed with the graph, since reading each of them from its file takes longer. */
const smallTensorBytes = 65_536;

/**
 * Opens a session on a model whose weights stay in their file. onnxruntime maps them into memory and unmaps those that it
 * repacks one by one. If it read the file itself it would hold all weights until the last one is repacked, and whole
 * embeddings for good, of which a text needs a few rows.
 *
 * @param folder the folder of the weights. It must not be a link: onnxruntime refuses files that a link leads to
 * @param keepArena whether memory for results is kept between runs: right for frequent runs with the same sizes
 */
export function openSession(
  model: OnnxModel,
  folder: string,
  { device, threads }: SessionOptions,
  keepArena = true,
): Promise<InferenceSession> {
  const encoded = encodeModel({ ...model, graph: takeSmallValues(model.graph, folder, smallTensorBytes) });
  return InferenceSession.create(encoded, {
    executionProviders: device === "cuda" ? ["cuda", "cpu"] : ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    enableCpuMemArena: keepArena,
    // Errors only: the warnings of a failing run would log token ids of the text.
    logSeverityLevel: 4,
    // Threads spin while they wait for each other inside a run, which makes a batched step a fifth faster. After a run they
    // must not: they would take the cores from the other session and keep those of an idle worker busy.
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        force_spinning_stop: "1",
        intra_op: { allow_spinning: "1" },
        inter_op: { allow_spinning: "0" },
      },
    },
  });
}

/** Reads the graph of a file and resolves the folder of its weights, which `path` may be a link to. */
export async function readNetwork(path: string): Promise<{ model: OnnxModel; folder: string }> {
  const file = await realpath(path);
  return { model: readModel(file), folder: dirname(file) };
}
