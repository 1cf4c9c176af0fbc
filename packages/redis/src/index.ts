export { assertUsable, inspectServer, type ServerFacts } from "./check-server.js";
export {
  type ConnectionNotice,
  connect,
  type Redis,
  redisConnections,
  withoutPassword,
} from "./connection.js";
export { findOrStartRedis, type UsableRedis } from "./find-or-start.js";
export { followRedisTime, measureSkew, type RedisTime, tolerableSkewMs } from "./follow-redis-time.js";
export { type Keys, redisKeys } from "./keys.js";
export { type MemoryUse, readMemoryUse } from "./memory-use.js";
export { runningPrivateServer } from "./private-server.js";
export { isRedisUnavailable } from "./role-errors.js";
export { createScript, type Script } from "./script.js";
