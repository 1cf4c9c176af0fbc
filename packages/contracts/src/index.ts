export * from "./control.js";
export * from "./error.js";
export * from "./http.js";
export * from "./ipc.js";
export * from "./job.js";
export * from "./key.js";
export * from "./model.js";
export * from "./telemetry.js";
