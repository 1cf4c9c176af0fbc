/**
 * An ONNX model as a graph that can be taken apart. What nobody has had a reason to change yet (types of inputs,
 * attributes of nodes, versions) is kept in its encoded form.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export interface OnnxModel {
  graph: Graph;
  /** Every other field of the model, encoded: versions, imported operator sets, metadata. */
  rest: Uint8Array;
}

export interface Graph {
  name: string;
  nodes: Node[];
  initializers: Initializer[];
  inputs: Value[];
  outputs: Value[];
}

/** A graph's input or output. */
export interface Value {
  name: string;
  /** Its type, encoded. */
  type: Uint8Array;
}

/** Changed by making another: one that was read is written as it was. */
export interface Node {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** An empty name stands for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  name: string;
  /** The attribute, encoded; of one that is a graph, all but that graph. */
  encoded: Uint8Array;
  graph?: Graph;
  /** Of one that is a tensor: that tensor with its values in memory; they stand in `encoded` too. */
  tensor?: Initializer;
}

/** A constant tensor; its values stay in their file until somebody asks for them. */
export interface Initializer {
  name: string;
  /** Of `TensorProto.DataType`: 1 is float32, 2 uint8, 3 int8, 7 int64. */
  dataType: number;
  dims: number[];
  data: TensorData;
}

export type TensorData =
  /** Values as they lie in memory, little-endian. */
  | { in: "memory"; bytes: Uint8Array }
  /** The same, in a file of the model's folder. */
  | { in: "file"; file: string; offset: number; length: number }
  /** The tensor's value fields, encoded, as some writers give small tensors. */
  | { in: "fields"; encoded: Uint8Array };
