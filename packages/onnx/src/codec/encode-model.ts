import type { Attribute, Graph, Initializer, Node, OnnxModel, Value } from "../graph/model.js";
import { field, numberField } from "./encode.js";
import { originalOf } from "./original-bytes.js";

/** `TensorProto.DataLocation.EXTERNAL` */
const external = 1;

/**
 * Encodes a model as an ONNX file. Tensors with values in a file become external data. onnxruntime reads those from the
 * model's folder, or from `session.model_external_initializers_file_folder_path` if the model is passed as bytes.
 */
export function encodeModel({ graph, rest }: OnnxModel): Buffer {
  return Buffer.concat([rest, field(7, encodeGraph(graph))]);
}

/** Encodes a graph as a message, without the tag of the field that holds it. */
export function encodeGraph({ name, nodes, initializers, inputs, outputs }: Graph): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => originalOf(node) ?? field(1, encodeNode(node))),
    field(2, name),
    ...initializers.map((initializer) => field(5, encodeInitializer(initializer))),
    ...inputs.map((value) => field(11, encodeValue(value))),
    ...outputs.map((value) => field(12, encodeValue(value))),
  ]);
}

function encodeNode({ name, opType, domain, inputs, outputs, attributes }: Node): Buffer {
  return Buffer.concat([
    ...inputs.map((input) => field(1, input)),
    ...outputs.map((output) => field(2, output)),
    field(3, name),
    field(4, opType),
    ...attributes.map((attribute) => field(5, encodeAttribute(attribute))),
    field(7, domain),
  ]);
}

function encodeAttribute({ encoded, graph }: Attribute): Uint8Array {
  return graph === undefined ? encoded : Buffer.concat([encoded, field(6, encodeGraph(graph))]);
}

function encodeValue({ name, type }: Value): Buffer {
  return Buffer.concat([field(1, name), field(2, type)]);
}

/** Encodes a tensor without its values. */
export function encodeInitializerHead({ name, dataType, dims }: Initializer): Buffer {
  return Buffer.concat([...dims.map((dim) => numberField(1, dim)), numberField(2, dataType), field(8, name)]);
}

function encodeInitializer(initializer: Initializer): Buffer {
  const { data } = initializer;
  const head = encodeInitializerHead(initializer);
  if (data.in === "memory") return Buffer.concat([head, field(9, data.bytes)]);
  if (data.in === "fields") return Buffer.concat([head, data.encoded]);
  const pair = (key: string, value: string | number) =>
    field(13, Buffer.concat([field(1, key), field(2, String(value))]));
  return Buffer.concat([
    head,
    pair("location", data.file),
    pair("offset", data.offset),
    pair("length", data.length),
    numberField(14, external),
  ]);
}
