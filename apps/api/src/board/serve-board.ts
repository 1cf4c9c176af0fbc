import type { OpenAPIHono } from "@hono/zod-openapi";
import { roleAllows } from "@precis/contracts";
import type { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import type { Parts } from "../parts.js";
import { problem } from "../problem/problem.js";

const basePath = "/admin/queues";

/** The board styles itself inline; everything else as strict as our own pages. */
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
 * Bull Board: to look at for every key, to act with for admins. No text is in job data, and what else a job could give
 * away is redacted. Jobs link to our own page of them.
 */
export function boardRoutes(app: OpenAPIHono, parts: Parts): void {
  // Loaded when somebody first looks: an API that nobody looks at saves 6 MB.
  const boards = new Map<boolean, Promise<Hono>>();
  const boardOf = (readOnly: boolean) => {
    const built =
      boards.get(readOnly) ?? import("./build-board.js").then((it) => it.buildBoard(parts, basePath, readOnly));
    boards.set(readOnly, built);
    return built;
  };
  // That another site cannot press its buttons is seen to for all routes, in `keys/same-origin`.
  app.use(`${basePath}/*`, boardHeaders);
  app.get(`${basePath}/`, (c) => c.redirect(basePath));
  for (const path of [basePath, `${basePath}/*`]) {
    app.all(path, async (c) => {
      const admin = roleAllows(c.get("caller").role, "admin");
      if (!admin && c.req.method !== "GET") return problem(c, "forbidden", "only admins can change queues");
      const response = await (await boardOf(!admin)).fetch(c.req.raw);
      if (response.status === 404) return problem(c, "not_found", `${c.req.path} is not part of the board`);
      return /^text\/html/.test(response.headers.get("content-type") ?? "")
        ? c.html(adjust(await response.text(), proxyPrefix(c)))
        : new Response(response.body, response);
    });
  }
}

/** The board's page asks a font server of the world for its fonts, and fixes its base as if no proxy stood before it. */
function adjust(html: string, prefix: string): string {
  return html
    .replace(/<link[^>]*https:\/\/fonts\.googleapis\.com[^>]*>/g, "")
    .replace(/<base href="/, `<base href="${prefix}`);
}
