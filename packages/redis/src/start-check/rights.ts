/**
 * Every command that Precis, BullMQ and Bull Board send, with arguments that would be valid: `K` stands for a key, `C` for
 * a channel. A subcommand that has a right of its own is written `client|setname`. `AUTH`, `HELLO` and `QUIT` need no right.
 */
export const usedCommands: readonly string[] = [
  // Connections
  "ping",
  "select 0",
  "info",
  "time",
  "client|setname precis",
  // Keys
  "del K",
  "exists K",
  "expire K 1",
  "persist K",
  "pexpire K 1",
  "pexpireat K 1",
  "pttl K",
  "rename K K",
  "scan 0",
  "type K",
  "unlink K",
  // Strings
  "get K",
  "getex K",
  "incr K",
  "incrby K 1",
  "set K v",
  // Hashes
  "hdel K f",
  "hexists K f",
  "hget K f",
  "hgetall K",
  "hincrby K f 1",
  "hlen K",
  "hmget K f",
  "hmset K f v",
  "hset K f v",
  // Lists
  "lindex K 0",
  "llen K",
  "lpop K",
  "lpos K v",
  "lpush K v",
  "lrange K 0 0",
  "lrem K 0 v",
  "lset K 0 v",
  "ltrim K 0 0",
  "rpop K",
  "rpoplpush K K",
  "rpush K v",
  // Sets
  "sadd K v",
  "scard K",
  "sismember K v",
  "smembers K",
  "srem K v",
  // Sorted sets
  "bzpopmin K 0",
  "zadd K 0 v",
  "zcard K",
  "zcount K 0 0",
  "zlexcount K - +",
  "zpopmin K",
  "zrange K 0 0",
  "zrangebylex K - +",
  "zrangebyscore K 0 0",
  "zrank K v",
  "zrem K v",
  "zremrangebyrank K 0 0",
  "zremrangebyscore K 0 0",
  "zrevrange K 0 0",
  "zrevrangebylex K + -",
  "zrevrangebyscore K 0 0",
  "zscore K v",
  // Streams
  "xadd K * f v",
  "xdel K 0-1",
  "xlen K",
  "xrange K - +",
  "xread STREAMS K 0",
  "xrevrange K + -",
  "xtrim K MAXLEN 0",
  // Scripts and transactions
  "eval - 1 K",
  "evalsha - 1 K",
  "multi",
  "exec",
  // Channels
  "publish C m",
  "pubsub|numsub C",
  "subscribe C",
  "unsubscribe C",
];

/** The name of a command as rights are given for it: `client|setname`. */
export const rightOf = (command: string) => command.split(" ")[0] as string;

/** What has to be sent to use it. */
export function argumentsOf(command: string, prefix: string): string[] {
  const given: Record<string, string> = { K: `${prefix}:start-check`, C: `${prefix}:start-check` };
  return command.split(/[ |]/).map((part) => given[part] ?? part);
}

/**
 * The line that makes a Redis user with the least rights Precis works with: the keys and channels of one prefix, and the
 * commands in use. `reset` takes away whatever the user was allowed before.
 */
export function describeRights(prefix: string, userName = "precis", password = "PASSWORD"): string {
  const commands = usedCommands.map((command) => `+${rightOf(command)}`);
  return ["ACL SETUSER", userName, "reset on", `>${password}`, `~${prefix}:*`, `&${prefix}:*`, ...commands].join(" ");
}
