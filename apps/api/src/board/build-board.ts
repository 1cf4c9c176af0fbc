import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import type { Services } from "../services.js";
import { boardHooks } from "./redact.js";

const uiBasePath = dirname(fileURLToPath(import.meta.resolve("@bull-board/ui/package.json")));

/** Bull Board as an app of its own, mounted at `basePath`. */
export function buildBoard({ queue, deliveries }: Services, basePath: string, readOnlyMode: boolean): Hono {
  const adapter = new HonoAdapter((options: { root?: string }) =>
    // Bull Board 9.10 passes a path relative to the current working directory of the process.
    serveStatic({ ...options, root: resolve(options.root ?? "") }),
  );
  const options = {
    readOnlyMode,
    // A completed job could run again, but no one would read its second result.
    allowCompletedRetries: false,
    externalJobUrl: ({ id, data }: { id?: string | number | undefined | null; data?: { jobId?: unknown } }) => ({
      displayText: "Job page",
      // Relative to the base of the board, so that the prefix of a proxy stays. A delivery links to its job.
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
