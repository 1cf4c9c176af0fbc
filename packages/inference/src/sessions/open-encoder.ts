import { nameFile, prepareEncoder } from "@precis/onnx";
import type { InferenceSession } from "onnxruntime-node";
import { openSession, readNetwork, type SessionOptions } from "./open-session.js";

/** An encoder in memory. */
export interface Encoder {
  session: InferenceSession;
  /** One sentence for each pass that did not recognize the graph. */
  notes: string[];
}

/**
 * Opens an encoder, which reads one text per run.
 *
 * @param hasLargeScores whether texts may be so long that attention scores take much memory. The scores are then not
 * written out, and no memory is kept between runs: keeping it would save 5 % of the time and take 170 MB with
 * bart-large-cnn
 */
export async function openEncoder(path: string, options: SessionOptions, hasLargeScores: boolean): Promise<Encoder> {
  const { model: exported, folder } = await readNetwork(path);
  const { model, notes } = prepareEncoder(exported, { fuse: hasLargeScores && options.device === "cpu" });
  return { session: await openSession(model, folder, options, !hasLargeScores), notes: nameFile(path, notes) };
}
