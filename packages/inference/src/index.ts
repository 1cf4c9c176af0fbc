export { type LoadedModel, type LoadModelOptions, loadModel } from "./load-model.js";
