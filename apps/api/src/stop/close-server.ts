import type { Server, ServerResponse } from "node:http";

/** How often idle connections are closed while the server closes. */
const idleCheckMs = 50;

/**
 * Watches a server's requests and returns the function that closes it: it accepts no more connections and resolves when the
 * requests in progress have finished.
 *
 * Node's own `close` leaves a connection open with a request in progress, until its keep-alive time is over; here its
 * response says `Connection: close`, and connections that become idle are closed.
 */
export function prepareClose(server: Server): (withinMs: number) => Promise<void> {
  const inProgress = new Set<ServerResponse>();
  let isClosing = false;
  server.prependListener("request", (_, response) => {
    if (isClosing) response.shouldKeepAlive = false;
    inProgress.add(response);
    response.once("close", () => inProgress.delete(response));
  });
  return async (withinMs) => {
    isClosing = true;
    for (const response of inProgress) response.shouldKeepAlive = false;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    // What is still open then, such as a request whose body arrives too slowly, is cut.
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  };
}
