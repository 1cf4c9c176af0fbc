import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";

export interface ReceivedCall {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real HTTP server that keeps what it was sent. */
export interface Receiver {
  url: string;
  port: number;
  calls: ReceivedCall[];
  /** Calls to one path. */
  callsTo(path: string): ReceivedCall[];
  stop(): Promise<void>;
}

export type Answer = (call: ReceivedCall, response: ServerResponse) => void;

/** @param options.port 0 takes a free one */
export async function startReceiver(
  answer: Answer,
  options: { port?: number; tls?: { key: string; cert: string } } = {},
): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on("request", async (request, response) => {
    const call = { path: request.url ?? "", headers: request.headers, body: await readAll(request) };
    calls.push(call);
    answer(call, response);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    calls,
    callsTo: (path) => calls.filter((call) => call.path === path),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
