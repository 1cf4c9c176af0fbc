import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface PathProxy {
  /** Address of the service behind the proxy, with the path prefix and without a slash at its end. */
  url: string;
  stop(): void;
}

/** A reverse proxy that serves `target` below a path prefix, strips the prefix, and names it in `X-Forwarded-Prefix`. */
export async function startPathProxy(target: string, prefix: string): Promise<PathProxy> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "";
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const headers = { ...incoming.headers, "x-forwarded-prefix": prefix };
    const forwarded = request(
      target + path.slice(prefix.length),
      { method: incoming.method ?? "GET", headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
