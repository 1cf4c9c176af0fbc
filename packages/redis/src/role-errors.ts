/**
 * Replies of a server that has stopped being the primary, or is not one yet: whoever gets one is connected to the wrong
 * server. Within a script Redis 6.2 puts its own words before the code, and Redis 7 behind it.
 */
const wrongServer = /(?:^|[\s-])(READONLY|MASTERDOWN|LOADING|UNBLOCKED) /;

/** The code of an error that a new connection may not get, since the address may lead to another server by now. */
export function wrongServerCode(error: unknown): string | undefined {
  return error instanceof Error ? wrongServer.exec(error.message)?.[1] : undefined;
}

/** Codes of Redis and phrases of ioredis 6 for a command that was not carried out, or whose outcome is unknown. */
const unavailable =
  /(?:^|[\s-])(?:CLUSTERDOWN|EXECABORT|MISCONF|NOREPLICAS|TRYAGAIN) |Connection is closed|ECONN|ENOENT|EPIPE|ETIMEDOUT|Command timed out|Command aborted|enableOfflineQueue|max retries|Stream isn't writeable/;

/** Whether an error says that Redis cannot serve now, so that the same request may succeed later. */
export function isRedisUnavailable(error: Error): boolean {
  return wrongServerCode(error) !== undefined || unavailable.test(error.message);
}

/** Names of errors that ioredis and its parser reject with: replies of the server, and commands that got none. */
const errorNames = new Set(["ReplyError", "ParserError", "AbortError", "InterruptError", "MaxRetriesPerRequestError"]);

/**
 * Whether an error comes from Redis or the way to it, and not from our own code. What Redis says is not always known: an error of
 * a later version or of a proxy is its error all the same.
 */
export function isRedisError(error: Error): boolean {
  return errorNames.has(error.name) || isRedisUnavailable(error);
}

/** Whether Redis rejected a command, or a transaction because of one, since its `maxmemory` is reached. */
export function isRedisFull(error: Error): boolean {
  const { previousErrors = [] } = error as { previousErrors?: readonly Error[] };
  return [error, ...previousErrors].some(({ message }) => /(?:^|[\s-])OOM /.test(message));
}
