import { Redis } from "ioredis";

/**
 * A connection whose commands of one turn of the event loop leave in one write to the socket. ioredis 6 writes each by
 * itself, and a write, which wakes the server, costs more than anything else about a small command; its auto-pipelining
 * would hold commands back while others are under way. Nothing waits here: the write happens before the loop goes on.
 */
export class JoinedWritesRedis extends Redis {
  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    const socket = this.stream;
    if (socket !== undefined && socket !== null && socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return super.sendCommand(command, stream);
  }
}
