/**
 * An ONNX model as a graph that passes can rewrite. What no pass changes (types of inputs, attributes of nodes, versions)
 * is kept in its encoded form.
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

/** Immutable: a node that was read from a file is written as it was, so a pass makes a new node instead. */
export interface Node {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** An empty name stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  name: string;
  /** The encoded attribute, without its graph if it has one. */
  encoded: Uint8Array;
  graph?: Graph;
  /** The tensor of an attribute that is one, with its values in memory; `encoded` holds them too. */
  tensor?: Initializer;
}

/** A constant tensor. Its values stay in their file until they are read. */
export interface Initializer {
  name: string;
  /** Of `TensorProto.DataType`: 1 is float32, 2 uint8, 3 int8, 7 int64. */
  dataType: number;
  dims: number[];
  data: TensorData;
}

export type TensorData =
  /** Values in their memory layout, little-endian. */
  | { in: "memory"; bytes: Uint8Array }
  /** The same, in a file in the model's folder. */
  | { in: "file"; file: string; offset: number; length: number }
  /** The encoded value fields, as some writers store small tensors. */
  | { in: "fields"; encoded: Uint8Array };
