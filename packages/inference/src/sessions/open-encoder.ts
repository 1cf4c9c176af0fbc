import { fuseEncoder } from "@precis/onnx";
import type { InferenceSession } from "onnxruntime-node";
import { openSession, readNetwork, type SessionOptions } from "./open-session.js";

/**
 * Opens an encoder, for texts that are encoded one by one.
 *
 * @param long its texts may be so long that attention's scores take much memory. They are not written out then, nor is memory
 * kept between runs, which would be worth 5 % of its time and take 170 MB with bart-large-cnn. For short ones neither pays.
 */
export async function openEncoder(path: string, options: SessionOptions, long: boolean): Promise<InferenceSession> {
  const { model, folder } = await readNetwork(path);
  return openSession(long && options.device === "cpu" ? fuseEncoder(model) : model, folder, options, !long);
}
