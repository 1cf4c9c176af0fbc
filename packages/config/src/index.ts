export { describeSettings } from "./describe-settings.js";
export { type Config, ConfigError, loadConfig, loadProcessConfig, loadSettings } from "./load-config.js";
export { settings } from "./settings.js";
export { tracesWanted } from "./traces-wanted.js";
export type { Rate } from "./units.js";
export { version } from "./version.js";
