import type { Redis } from "ioredis";

/** How long a connection may be silent, in seconds. */
export interface SilenceLimits {
  /** Without a byte for so long it is sent a PING; absent for one that blocks, where a PING would wait its turn. */
  pingAfter?: number;
  /** With a command unanswered and without a byte for so long, it is dead. */
  deadAfter: number;
}

const tickMs = 1_000;

/** A new connection that is accepted and then not answered, in ticks. */
const handshakeDeadAfter = 5;

/**
 * Finds connections that are open and answer nothing, which no error and no timeout of ioredis 6 reports: a command
 * timeout fails the command and keeps the connection. The handshake of a new connection is watched in the same way.
 *
 * Seconds are counted in ticks of a timer, not read from a clock: after this process has been stopped or has computed for
 * long, only one tick has passed, and what arrived meanwhile is read before the next.
 *
 * @param onDead called once for a dead connection, which is then to be replaced
 */
export function watchSilence(redis: Redis, limits: SilenceLimits, onDead: (silentMs: number) => void): void {
  redis.on("connect", () => {
    const socket = redis.stream;
    let heard = socket.bytesRead;
    let silent = 0;
    const tick = () => {
      const isAwaitingReply = redis.commandQueue.length > 0;
      if (socket.bytesRead !== heard || (!isAwaitingReply && limits.pingAfter === undefined)) {
        heard = socket.bytesRead;
        silent = 0;
        return;
      }
      silent += 1;
      const deadAfter = redis.status === "ready" ? limits.deadAfter : handshakeDeadAfter;
      if (isAwaitingReply && silent >= deadAfter) {
        clearInterval(timer);
        onDead(silent * tickMs);
      } else if (!isAwaitingReply && redis.status === "ready" && silent >= (limits.pingAfter ?? 0)) {
        // The answer is a byte heard; without one the next ticks go on counting.
        redis.ping().catch(() => {});
      }
    };
    const timer = setInterval(tick, tickMs).unref();
    socket.once("close", () => clearInterval(timer));
  });
}
