export { type LaunchOptions, launch, type Precis } from "./launch.js";
export { type RunningProcess, startProcess } from "./start-process.js";
