import type { OnnxModel, Value } from "@precis/onnx";
import type { InferenceSession } from "onnxruntime-node";
import { openSession, type SessionOptions } from "./open-session.js";

/** A `ValueInfoProto`'s type: a tensor of float32. */
const floats = Buffer.from([0x0a, 0x02, 0x08, 1]);
const value = (name: string): Value => ({ name, type: floats });

const model: OnnxModel = {
  // Version 8 of the format, operators of set 17.
  rest: Buffer.from([0x08, 8, 0x42, 2, 0x10, 17]),
  graph: {
    name: "log_softmax",
    inputs: [value("scores")],
    outputs: [value("log_probabilities")],
    initializers: [],
    nodes: [
      {
        name: "log_softmax",
        opType: "LogSoftmax",
        domain: "",
        inputs: ["scores"],
        outputs: ["log_probabilities"],
        attributes: [],
      },
    ],
  },
};

/**
 * Opens a session that computes `log_probabilities`, the logarithm of each row's softmax, from `scores` [rows, vocabulary].
 * Both may be the same buffer. In JavaScript this took a third of the time of a beam search.
 */
export function openLogSoftmax(folder: string, options: SessionOptions): Promise<InferenceSession> {
  return openSession(model, folder, options);
}
