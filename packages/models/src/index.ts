export { type CudaPlaces, chooseDevice, type DeviceChoice } from "./choose-device.js";
export { describeFile } from "./describe-file.js";
export { findManifest, loadModelSet, type ModelSet } from "./load-model-set.js";
export type { ModelLock } from "./lock-file.js";
export { dtypeSuffixes, type GenerationSettings, generationSchema, type ModelEntry } from "./manifest.js";
export { peakRssBytes } from "./peak-memory.js";
export { type PullOptions, pullModel } from "./pull-model.js";
export { defaultModelCache, type ResolvedModel, resolveModel } from "./resolve-model.js";
export { findModelFaults, type ModelFault, verifyModel } from "./verify-model.js";
