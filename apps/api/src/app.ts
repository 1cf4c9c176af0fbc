import { Hono, type MiddlewareHandler } from "hono";
import { createAuth } from "./auth/create-auth.js";
import { requireApiKey } from "./auth/require-api-key.js";
import { requireSameOrigin } from "./auth/require-same-origin.js";
import { limitBody, maxBodyBytes } from "./limits/limit-body.js";
import { limitRate } from "./limits/limit-rate.js";
import { shedLoad } from "./limits/shed-load.js";
import { openMetrics } from "./metrics/open-metrics.js";
import { buildDocument } from "./openapi/build-document.js";
import { handleUnmatched } from "./problem/handle-unmatched.js";
import { problemResponse } from "./problem/problem.js";
import { toPrecisError } from "./problem/to-precis-error.js";
import { requireMediaType } from "./requests/media-type.js";
import { observeRequest } from "./requests/observe-request.js";
import type { Route, RouteServices } from "./route.js";
import { toHonoPath } from "./route-group.js";
import { routes } from "./routes.js";
import type { Services } from "./services.js";

/** Builds the app from the route table; does no I/O itself. */
export function buildApp(services: Services): Hono {
  const auth = createAuth(services);
  const metrics = openMetrics(services);
  let openApiJson: string | undefined;
  const routeServices: RouteServices = {
    ...services,
    auth,
    metrics,
    openApiJson: () => {
      openApiJson ??= JSON.stringify(buildDocument(routes, services.version));
      return openApiJson;
    },
  };
  const app = new Hono();
  app.onError((error, c) => problemResponse(c, toPrecisError(error)));
  app.notFound(handleUnmatched(routes, auth.authorize));
  if (services.trace !== undefined) app.use(services.trace);
  app.use(observeRequest(services.log, metrics.recordResponse));
  const chainOf = createChains(routeServices);
  for (const route of routes) {
    const methods = route.method === "ALL" ? allMethods : [route.method];
    app.on(methods, [toHonoPath(route.path)], ...chainOf(route));
  }
  return app;
}

const allMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Returns what a request of a route passes, in this order; a check that a route does not need is not in its chain. */
function createChains(services: RouteServices): (route: Route) => MiddlewareHandler[] {
  const { config, redis, keys, auth, load } = services;
  const rateLimit = config.rateLimit === undefined ? [] : [limitRate(config.rateLimit, redis, keys)];
  const sameOrigin = requireSameOrigin();
  const admission = shedLoad(load);
  return (route) => {
    const { accepts, size = "small" } = route.body ?? {};
    const isOpen = route.role === "open";
    return [
      setRoute(route),
      ...(route.method === "GET" ? [] : [sameOrigin]),
      ...(isOpen ? [] : [requireApiKey(auth.authorize, route), ...rateLimit]),
      limitBody(maxBodyBytes(size, config)),
      ...(accepts === undefined ? [] : [requireMediaType(accepts)]),
      ...(route.ownership === "job" || route.ownership === "batch" ? [auth.ownership[route.ownership]] : []),
      ...(route.admission ? [admission] : []),
      ...[route.handler(services)].flat(),
    ];
  };
}

function setRoute(route: Route): MiddlewareHandler {
  const pattern = toHonoPath(route.path);
  const value = { pattern };
  return (c, next) => {
    c.set("route", value);
    return next();
  };
}
