export { encodeModel } from "./encode-model.js";
export { externalFiles } from "./external-files.js";
export { extractGraph } from "./extract-graph.js";
export type { Attribute, Graph, Initializer, Node, OnnxModel, TensorData, Value } from "./model.js";
export type { WeightFormat } from "./quantize/quantize-blocks.js";
export { quantizeModel } from "./quantize/quantize-model.js";
export { readModel } from "./read-model.js";
export { readValues, takeSmallValues } from "./read-values.js";
