import type { Command, Redis, RedisOptions } from "ioredis";
import { JoinedWritesRedis } from "./joined-writes.js";
import { wrongServerCode } from "./role-errors.js";
import { type SilenceLimits, watchSilence } from "./watch-silence.js";

/** Why a connection was replaced by a new one. */
export type ConnectionNotice = { connection: string } & (
  | { reason: "silent"; silentMs: number }
  /** Redis answered that it is not the primary (`READONLY` and the like): all connections of the process are replaced. */
  | { reason: "wrong-server"; code: string }
);

/** What decides a connection; the shape of replies stays that of RESP2, which the rest relies on. */
export type LiveOptions = Omit<RedisOptions, "replyMapping">;

/** What the connections of one process to one Redis have in common. */
export interface ConnectionGroup {
  readonly members: Set<LiveRedis>;
  onNotice(notice: ConnectionNotice): void;
}

/** What a connection is used for; `blocking` ones are made by BullMQ, which duplicates the connection it is given. */
export type ConnectionUse = "request" | "background" | "blocking";

/**
 * Nothing a request was waiting for is sent again, so its connection is given up soon. What a worker has under way is sent
 * again on the new connection, and might be carried out twice, so a server that is only slow gets more time. BullMQ blocks
 * for up to 10 s.
 */
const silenceLimits: Record<ConnectionUse, SilenceLimits> = {
  request: { pingAfter: 1, deadAfter: 3 },
  background: { pingAfter: 1, deadAfter: 5 },
  blocking: { deadAfter: 12 },
};

/** How ioredis waits while Redis is away, by what waits for it. */
const waiting: Record<ConnectionUse, Partial<LiveOptions>> = {
  request: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 800 },
  background: { enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined },
  blocking: { enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined },
};

/** BullMQ 6.7 gives up a blocking command this long after the time it was to block for. */
const bullGraceMs = 900;

/** Errors of a wrong server this far apart are of different incidents. */
const incidentMs = 10_000;
const longestRetryMs = 2_000;

/**
 * A connection that is replaced when it is silent or leads to a server that is not the primary. It reconnects for ever,
 * 50 ms to 2 s apart, so that a restarted Redis is found again without a restart of ours.
 */
export class LiveRedis extends JoinedWritesRedis {
  readonly #group: ConnectionGroup;
  readonly #use: ConnectionUse;
  readonly #wrongServers: { count: number; at: number };
  /** The socket that is being given up since it leads to the wrong server. */
  #leaving: Redis["stream"] | undefined;
  /** The last blocking command: when it was sent, and for how long it blocks. */
  #blocked: { since: number; ms: number } | undefined;

  constructor(options: LiveOptions, use: ConnectionUse, group: ConnectionGroup) {
    const wrongServers = { count: 0, at: Number.NEGATIVE_INFINITY };
    const retryStrategy = (attempt: number) => {
      // A connection that is accepted counts as a success for ioredis, whatever it answers then.
      const recent = performance.now() - wrongServers.at < incidentMs ? wrongServers.count : 0;
      return Math.min(Math.max(50 * attempt, 50 * 2 ** recent), longestRetryMs);
    };
    // While Redis loads its data it is asked this often, and so heard from.
    super({ ...options, ...waiting[use], retryStrategy, connectTimeout: 2_000, maxLoadingRetryTime: 2_000 });
    this.#group = group;
    this.#use = use;
    this.#wrongServers = wrongServers;
    group.members.add(this);
    this.on("end", () => group.members.delete(this));
    this.on("connecting", () => group.members.add(this));
    watchSilence(this, silenceLimits[use], (silentMs) => {
      this.#notify({ reason: "silent", silentMs });
      this.stream.destroy();
    });
  }

  /** BullMQ duplicates a connection in order to block on it. */
  override duplicate: Redis["duplicate"] = (override) => {
    const connectionName = `${this.options.connectionName}:blocking`;
    const options: LiveOptions = { ...this.options, connectionName, lazyConnect: false, ...override };
    return new LiveRedis(options, "blocking", this.#group) as unknown as ReturnType<Redis["duplicate"]>;
  };

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (command.name === "exec") this.#watchTransaction(command);
    if (this.#use === "blocking") {
      const ms = command.extractBlockingTimeout();
      if (typeof ms === "number") this.#blocked = { since: performance.now(), ms };
    }
    return super.sendCommand(command, stream);
  }

  /**
   * In place of ioredis' `reconnectOnError`, which knows neither the connection nor the command: one that was refused in a
   * transaction must not be carried out by itself.
   */
  override handleReconnection(...[error, item]: Parameters<Redis["handleReconnection"]>): void {
    const code = wrongServerCode(error);
    if (code === undefined || this.status !== "ready") {
      super.handleReconnection(error, item);
      return;
    }
    this.#leaveServer(code);
    const command = item.command as Command;
    const isAlone = command.pipelineIndex === undefined && !command.inTransaction;
    // The server did nothing, so the command can wait for the right one like any that comes while Redis is away.
    if (isAlone && this.#use !== "request") this.sendCommand(command);
    else command.reject(error);
  }

  override disconnect(reconnect = false): void {
    const blocked = this.#blocked;
    super.disconnect(reconnect);
    if (reconnect || blocked === undefined || this.commandQueue.length === 0) return;
    const silentMs = performance.now() - blocked.since;
    if (silentMs < blocked.ms + bullGraceMs) return;
    // BullMQ's own watchdog has noticed, which replaces the connection without a word, once the other side has closed it.
    this.#notify({ reason: "silent", silentMs: Math.round(silentMs) });
    this.stream.destroy();
  }

  /** A script that fails within a transaction is an error in the reply of EXEC, which counts as a success. */
  #watchTransaction(command: Command): void {
    command.promise.then(
      (replies) => {
        const code = (Array.isArray(replies) ? replies : []).map(wrongServerCode).find((found) => found !== undefined);
        if (code !== undefined) this.#leaveServer(code);
      },
      () => {},
    );
  }

  /**
   * Replaces all connections of the process, by ones to whatever the address leads to now: those that only read or listen would
   * stay with a replica for ever.
   */
  #leaveServer(code: string): void {
    if (this.#leaving === this.stream) return;
    this.#notify({ reason: "wrong-server", code });
    for (const member of this.#group.members) member.#reconnect();
  }

  #reconnect(): void {
    if (this.status !== "ready" || this.#leaving === this.stream) return;
    this.#leaving = this.stream;
    const now = performance.now();
    const { count, at } = this.#wrongServers;
    Object.assign(this.#wrongServers, { count: now - at < incidentMs ? count + 1 : 0, at: now });
    this.disconnect(true);
  }

  #notify(notice: Record<string, unknown>): void {
    this.#group.onNotice({ connection: shownName(this.options.connectionName), ...notice } as ConnectionNotice);
  }
}

/** BullMQ names its connections `<prefix>:<queue in base64>:w:<worker>`. */
function shownName(name: string | undefined): string {
  return (name ?? "unnamed").replace(/^([^:]+):([A-Za-z0-9+/=]+):w:/, (_, prefix: string, queue: string) => {
    return `${prefix}:${Buffer.from(queue, "base64").toString()}:blocking:`;
  });
}
