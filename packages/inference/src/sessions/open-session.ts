import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { encodeModel, type OnnxModel, readModel, takeSmallValues } from "@precis/onnx";
import { InferenceSession } from "onnxruntime-node";

export interface SessionOptions {
  device: "cpu" | "cuda";
  /** Intra-op threads of each session. */
  threads: number;
}

/** Tensors up to this size are handed over with the graph: reading them from their file one by one costs more. */
const smallBytes = 65_536;

/**
 * Opens a session on a model whose weights stay in their file. onnxruntime maps them into memory and lets go of those it
 * repacks, one after the other; of a file it reads itself it holds all until the last is repacked, and embeddings for
 * good, of which a text needs a few rows.
 *
 * @param folder where the weights are: no link, for onnxruntime reads nothing that a link leads out of it
 * @param arena whether memory for results of its nodes is kept between runs: right for what runs often with the same sizes
 */
export function openSession(
  model: OnnxModel,
  folder: string,
  { device, threads }: SessionOptions,
  arena = true,
): Promise<InferenceSession> {
  const encoded = encodeModel({ ...model, graph: takeSmallValues(model.graph, folder, smallBytes) });
  return InferenceSession.create(encoded, {
    executionProviders: device === "cuda" ? ["cuda", "cpu"] : ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    enableCpuMemArena: arena,
    // Errors only: warnings of a failing run would log token ids of the text.
    logSeverityLevel: 4,
    // Threads may wait for each other by spinning inside a run, which makes a batched step a fifth faster, but not after
    // it: they would take the cores from the other session, and burn those of an idle worker.
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

/** The graph of a file, and the folder its weights are in, be `path` a link or not. */
export async function readNetwork(path: string): Promise<{ model: OnnxModel; folder: string }> {
  const file = await realpath(path);
  return { model: readModel(file), folder: dirname(file) };
}
