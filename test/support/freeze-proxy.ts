import { createConnection, createServer, type NetConnectOpts, type Socket } from "node:net";

/** A TCP proxy before Redis whose connections can be frozen: they stay open and carry nothing any more. */
export interface FreezeProxy {
  readonly url: string;
  /**
   * Freezes the connections there are now; new ones are served.
   *
   * @param name only those whose name (`CLIENT SETNAME`) it matches; all when absent
   * @returns how many
   */
  freeze(name?: RegExp): number;
  /** Leads new connections elsewhere. */
  switchTo(url: string): void;
  close(): Promise<void>;
}

interface Pair {
  name: string;
  client: Socket;
  server: Socket;
}

/** @param url of a Redis, `redis://host:port` or `unix://path` */
export async function startFreezeProxy(url: string): Promise<FreezeProxy> {
  let target = addressOf(url);
  const pairs = new Set<Pair>();
  const proxy = createServer((client) => {
    const server = createConnection(target);
    const pair: Pair = { name: "", client, server };
    pairs.add(pair);
    client.on("data", (data) => {
      // Sent by itself or among others; of a name given later the last counts, as it does for Redis.
      const named = /setname\r\n\$\d+\r\n([^\r]+)\r\n/gi;
      for (const [, name = ""] of data.toString("latin1").matchAll(named)) pair.name = name;
      server.write(data);
    });
    server.on("data", (data) => client.write(data));
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("error", () => {}).on("close", end);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: (name) => {
      const frozen = [...pairs].filter((pair) => name === undefined || name.test(pair.name));
      for (const pair of frozen) {
        pair.client.removeAllListeners("data").pause();
        pair.server.removeAllListeners("data").pause();
        pair.name = "(frozen)";
      }
      return frozen.length;
    },
    switchTo: (next) => {
      target = addressOf(next);
    },
    close: async () => {
      for (const { client } of pairs) client.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function addressOf(url: string): NetConnectOpts {
  const path = /^unix:\/\/(.*)$/.exec(url)?.[1];
  if (path !== undefined) return { path };
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
