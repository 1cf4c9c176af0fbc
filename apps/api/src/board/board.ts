import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { roleAllows } from "@precis/contracts";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import type { Parts } from "../parts.js";
import { problem } from "../problem/problem.js";
import { boardHooks } from "./redact.js";

const basePath = "/admin/queues";
const uiBasePath = dirname(fileURLToPath(import.meta.resolve("@bull-board/ui/package.json")));

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
  const writable = buildBoard(parts, false);
  const readOnly = buildBoard(parts, true);
  // That another site cannot press its buttons is seen to for all routes, in `keys/same-origin`.
  app.use(`${basePath}/*`, boardHeaders);
  app.get(`${basePath}/`, (c) => c.redirect(basePath));
  for (const path of [basePath, `${basePath}/*`]) {
    app.all(path, async (c) => {
      const admin = roleAllows(c.get("caller").role, "admin");
      if (!admin && c.req.method !== "GET") return problem(c, "forbidden", "only admins can change queues");
      const response = await (admin ? writable : readOnly).fetch(c.req.raw);
      if (response.status === 404) return problem(c, "not_found", `${c.req.path} is not part of the board`);
      return /^text\/html/.test(response.headers.get("content-type") ?? "")
        ? c.html(adjust(await response.text(), proxyPrefix(c)))
        : new Response(response.body, response);
    });
  }
}

function buildBoard({ queue, deliveries }: Parts, readOnlyMode: boolean): Hono {
  const adapter = new HonoAdapter((options: { root?: string }) =>
    // Bull Board 9.10 gives a path relative to the folder the process happens to be in at that moment.
    serveStatic({ ...options, root: resolve(options.root ?? "") }),
  );
  const options = {
    readOnlyMode,
    // A completed job's text is still there, but its result would be written again for nobody.
    allowCompletedRetries: false,
    externalJobUrl: ({ id, data }: { id?: string | number | undefined | null; data?: { jobId?: unknown } }) => ({
      displayText: "Job page",
      // Relative to the board's base, whatever path a proxy puts before it. A delivery leads to the job it tells of.
      href: `../../jobs/${encodeURIComponent(String(data?.jobId ?? id))}`,
    }),
  };
  createBullBoard({
    queues: [queue.bull, deliveries.bull].map((bull) => new BullMQAdapter(bull, options)),
    serverAdapter: adapter,
    options: {
      uiBasePath,
      handlerHooks: boardHooks,
      uiConfig: {
        boardTitle: "Precis queues",
        miscLinks: [
          { text: "Fleet", url: "../fleet" },
          { text: "Playground", url: "../../" },
        ],
      },
    },
  });
  adapter.setBasePath(basePath);
  return new Hono().route(basePath, adapter.registerPlugin());
}

/** The board's page asks a font server of the world for its fonts, and fixes its base as if no proxy stood before it. */
function adjust(html: string, prefix: string): string {
  return html
    .replace(/<link[^>]*https:\/\/fonts\.googleapis\.com[^>]*>/g, "")
    .replace(/<base href="/, `<base href="${prefix}`);
}
