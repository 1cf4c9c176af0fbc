import type { OpenAPIHono } from "@hono/zod-openapi";
import { openKeyStore, openSessionStore } from "@precis/keys";
import type { Parts } from "../parts.js";
import { demandKey } from "./demand-key.js";
import { type CallerFinder, createCallerFinder } from "./find-caller.js";
import { createGate, type Gate } from "./gate.js";
import { loginRoutes } from "./login.js";
import { ownJobsOnly } from "./own-jobs.js";
import { sameOriginOnly } from "./same-origin.js";

/** Stands before every route: who may do what, whose jobs are whose, and the login page. */
export function guardRoutes(
  app: OpenAPIHono,
  { config, redis, keys, queue }: Parts,
): { gate: Gate; callers: CallerFinder } {
  const store = openKeyStore(redis, keys);
  const sessions = openSessionStore(redis, keys, store);
  const callers = createCallerFinder(store, sessions);
  const gate = createGate(config, redis, callers);
  app.use(sameOriginOnly());
  app.use(demandKey(gate, callers));
  app.use("/api/v1/jobs/:id/*", ownJobsOnly(queue));
  loginRoutes(app, { store, sessions, callers });
  return { gate, callers };
}
