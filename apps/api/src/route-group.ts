import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Method, RouteServices } from "./route.js";

/**
 * Rows for pages that register their handlers themselves: `register` runs once, on an app of its own, and a row takes the
 * handlers of its method and path from there.
 */
export function routeGroup(register: (app: OpenAPIHono, services: RouteServices) => void) {
  const apps = new WeakMap<RouteServices, OpenAPIHono>();
  const appOf = (services: RouteServices) => {
    const app = apps.get(services) ?? new OpenAPIHono();
    if (!apps.has(services)) register(app, services);
    apps.set(services, app);
    return app;
  };
  return (method: Method, path: string) => ({
    method,
    path,
    handler: (services: RouteServices): MiddlewareHandler[] => {
      const pattern = toHonoPath(path);
      const found = appOf(services).routes.filter((route) => route.method === method && route.path === pattern);
      if (found.length === 0) throw new Error(`${method} ${path} is in the route table but was not registered`);
      return found.map(({ handler }) => handler);
    },
  });
}

/** `/api/v1/jobs/{id}` → `/api/v1/jobs/:id`. */
export function toHonoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
