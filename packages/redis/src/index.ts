export { assertUsable, inspectServer, type ServerFacts } from "./check-server.js";
export { connect, connectionOptions, type Redis, withoutPassword } from "./connection.js";
export { findOrStartRedis, type UsableRedis } from "./find-or-start.js";
export { type Keys, redisKeys } from "./keys.js";
export { type MemoryUse, readMemoryUse } from "./memory-use.js";
export { runningPrivateServer } from "./private-server.js";
export { createScript, type Script } from "./script.js";
