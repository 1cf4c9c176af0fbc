import { PrecisError, roleAllows } from "@precis/contracts";
import type { Handler, Hono, MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { redirectTo } from "../requests/redirect.js";
import type { Services } from "../services.js";
import { checkBoardRead, chooseBoardAction } from "./board-actions.js";

const basePath = "/admin/queues";

/** The board uses inline styles; everything else is as strict as for our own pages. */
const boardHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'self'"],
    frameAncestors: ["'none'"],
  },
  strictTransportSecurity: false,
  referrerPolicy: "same-origin",
});

/**
 * Bull Board: read-only except for admins, whose buttons call the operations of the API. Job data has no texts, and other private fields are redacted. Jobs link to our own
 * job page.
 */
export function serveBoard(services: Services): MiddlewareHandler[] {
  // Loaded at the first request: an API whose board is never opened saves 6 MB.
  const boards = new Map<boolean, Promise<Hono>>();
  const boardFor = (isReadOnly: boolean) => {
    const board =
      boards.get(isReadOnly) ??
      import("./build-board.js").then(({ buildBoard }) => buildBoard(services, basePath, isReadOnly));
    boards.set(isReadOnly, board);
    return board;
  };
  const handler: Handler = async (c) => {
    if (c.req.path === `${basePath}/`) return redirectTo(c, basePath, 302);
    const isAdmin = roleAllows(c.get("caller").role, "admin");
    const path = c.req.path.slice(basePath.length);
    if (c.req.method === "GET" || c.req.method === "HEAD") checkBoardRead(path, c.req.query());
    else if (isAdmin) {
      const action = chooseBoardAction(services, c.req.method, path);
      if (action !== "board") {
        await action();
        return c.json({});
      }
    }
    const board = await boardFor(!isAdmin);
    const response = await board.fetch(c.req.raw);
    if (response.status === 404) throw new PrecisError("not_found", `${c.req.path} does not exist`);
    return /^text\/html/.test(response.headers.get("content-type") ?? "")
      ? c.html(adjustHtml(await response.text(), proxyPrefix(c)))
      : new Response(response.body, response);
  };
  return [boardHeaders, handler];
}

/** The board loads fonts from another server, and its base path ignores the prefix of a proxy. */
function adjustHtml(html: string, prefix: string): string {
  return html
    .replace(/<link[^>]*https:\/\/fonts\.googleapis\.com[^>]*>/g, "")
    .replace(/<base href="/, `<base href="${prefix}`);
}
