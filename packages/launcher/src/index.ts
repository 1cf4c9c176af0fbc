export { type LaunchOptions, launch, type Precis } from "./launch.js";
export { buildRepository, type Reloader, reloadOnChange, sourceFolders } from "./reload.js";
export { leanHeap, type RunningProcess, startProcess } from "./start-process.js";
