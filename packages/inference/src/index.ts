export { type LoadedModel, type LoadModelOptions, loadModel } from "./load-model.js";
export type { SummarizeHooks, SummarizeInput } from "./summarize/summarize-text.js";
