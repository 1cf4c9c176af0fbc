import type { Server, ServerResponse } from "node:http";

/** Idle connections are looked for this often while the server closes. */
const idleCheckMs = 50;

/**
 * Watches a server's requests and returns the function that closes it: it accepts no more connections and resolves when the
 * requests under way have been answered.
 *
 * Node's own `close` leaves a connection open whose request was under way, until its keep-alive time is over; here such an
 * answer says `Connection: close`, and connections that become idle are closed.
 */
export function prepareClose(server: Server): (withinMs: number) => Promise<void> {
  const underWay = new Set<ServerResponse>();
  let isClosing = false;
  server.prependListener("request", (_, answer) => {
    if (isClosing) answer.shouldKeepAlive = false;
    underWay.add(answer);
    answer.once("close", () => underWay.delete(answer));
  });
  return async (withinMs) => {
    isClosing = true;
    for (const answer of underWay) answer.shouldKeepAlive = false;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    // What is still open then, such as a request whose body arrives too slowly, is cut.
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  };
}
