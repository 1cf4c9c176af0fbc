export { loadModelSet, type ModelSet, type ResolvedModel, resolveModel } from "./model-set.js";
export { verifyModel } from "./verify-model.js";
