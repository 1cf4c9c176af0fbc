import { basename } from "node:path";
import type { Attribute, Graph, Initializer, Node, OnnxModel, Value } from "../graph/model.js";
import { type Field, FieldReader } from "./field-reader.js";
import { rememberOriginal } from "./original-bytes.js";
import { readConstant, readInitializer } from "./read-tensor.js";

/** Field numbers of onnx.proto. */
const modelGraph = 7;
const graphFields = { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparse: 15 };
const nodeFields = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 };
const attributeFields = { name: 1, tensor: 5, graph: 6 };
const lazyBytes = 65_536;

/**
 * Reads an ONNX file without its weights: only the location of each tensor's values. Documentation strings and the shapes
 * of intermediate values are left out.
 *
 * @throws {Error} naming the byte at which the file is not an ONNX model, or has a sparse tensor
 */
export function readModel(path: string): OnnxModel {
  const reader = FieldReader.open(path);
  try {
    let graph: Graph | undefined;
    const rest: Buffer[] = [];
    for (const field of reader.fields(0, reader.size)) {
      if (field.number === modelGraph) graph = readGraph(reader, field, basename(path));
      else rest.push(reader.bytes(field.start, field.to));
    }
    if (graph === undefined) throw new Error("the file has no graph");
    return { graph, rest: Buffer.concat(rest) };
  } finally {
    reader.close();
  }
}

function readGraph(reader: FieldReader, { from, to }: Field, file: string): Graph {
  const graph: Graph = { name: "", nodes: [], initializers: [], inputs: [], outputs: [] };
  for (const field of reader.fields(from, to)) {
    if (field.number === graphFields.node) graph.nodes.push(readNode(reader, field, file));
    else if (field.number === graphFields.name) graph.name = reader.text(field);
    else if (field.number === graphFields.initializer) graph.initializers.push(readInitializer(reader, field, file));
    else if (field.number === graphFields.input) graph.inputs.push(readValue(reader, field));
    else if (field.number === graphFields.output) graph.outputs.push(readValue(reader, field));
    else if (field.number === graphFields.sparse)
      throw new Error(`sparse tensors are not supported (byte ${field.start})`);
  }
  return graph;
}

/** Parses a node on first access: there are hundreds, and most are only copied. A node with a subgraph is parsed at once. */
function readNode(reader: FieldReader, field: Field, file: string): Node {
  if (field.to - field.start > lazyBytes) {
    // The file is closed later.
    const node = parseNode(reader, field, file);
    return { ...node, attributes: node.attributes };
  }
  const bytes = reader.bytes(field.start, field.to);
  let parsed: Node | undefined;
  const parse = () => {
    parsed ??= parseNode(FieldReader.over(bytes, field.start), field, file);
    return parsed;
  };
  const node: Node = {
    get name() {
      return parse().name;
    },
    get opType() {
      return parse().opType;
    },
    get domain() {
      return parse().domain;
    },
    get inputs() {
      return parse().inputs;
    },
    get outputs() {
      return parse().outputs;
    },
    get attributes() {
      return parse().attributes;
    },
  };
  rememberOriginal(node, bytes);
  return node;
}

function parseNode(reader: FieldReader, { from, to }: Field, file: string): Node {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const texts = { name: "", opType: "", domain: "" };
  const fields: Field[] = [];
  for (const field of reader.fields(from, to)) {
    if (field.number === nodeFields.input) inputs.push(reader.text(field));
    else if (field.number === nodeFields.output) outputs.push(reader.text(field));
    else if (field.number === nodeFields.name) texts.name = reader.text(field);
    else if (field.number === nodeFields.opType) texts.opType = reader.text(field);
    else if (field.number === nodeFields.domain) texts.domain = reader.text(field);
    else if (field.number === nodeFields.attribute) fields.push(field);
  }
  let attributes: Attribute[] | undefined;
  const parse = () => {
    attributes ??= fields.map((field) => readAttribute(reader, field, file));
    return attributes;
  };
  return {
    ...texts,
    inputs,
    outputs,
    get attributes() {
      return parse();
    },
  };
}

function readAttribute(reader: FieldReader, { from, to }: Field, file: string): Attribute {
  let name = "";
  let graph: Graph | undefined;
  let tensor: Initializer | undefined;
  const encoded: Buffer[] = [];
  for (const field of reader.fields(from, to)) {
    if (field.number === attributeFields.graph) {
      graph = readGraph(reader, field, file);
      continue;
    }
    if (field.number === attributeFields.name) name = reader.text(field);
    if (field.number === attributeFields.tensor) tensor = readConstant(reader, field, file);
    encoded.push(reader.bytes(field.start, field.to));
  }
  return {
    name,
    encoded: Buffer.concat(encoded),
    ...(graph === undefined ? {} : { graph }),
    ...(tensor === undefined ? {} : { tensor }),
  };
}

function readValue(reader: FieldReader, { from, to }: Field): Value {
  const value: Value = { name: "", type: new Uint8Array() };
  for (const field of reader.fields(from, to)) {
    if (field.number === 1) value.name = reader.text(field);
    else if (field.number === 2) value.type = reader.bytes(field.from, field.to);
  }
  return value;
}
