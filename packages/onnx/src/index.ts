export { encodeModel } from "./codec/encode-model.js";
export { readModel } from "./codec/read-model.js";
export { externalFiles } from "./graph/external-files.js";
export type { Attribute, Graph, Initializer, Node, OnnxModel, TensorData, Value } from "./graph/model.js";
export { readValues, takeSmallValues } from "./graph/read-values.js";
export { fuseEncoder, fuseStep, recentNames } from "./passes/fuse-attention/fuse-attention.js";
export type { WeightFormat } from "./passes/quantize-weights/quantize-blocks.js";
export { quantizeModel } from "./passes/quantize-weights/quantize-model.js";
export { NotSplittable, type SplitDecoder, splitDecoder } from "./passes/split-decoder/split-decoder.js";
