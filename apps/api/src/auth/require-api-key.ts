import type { KeyRole } from "@precis/contracts";
import type { Context, MiddlewareHandler } from "hono";
import type { Authorize } from "./authorize.js";

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/** What a request needs once API keys are required: a role, or another one for methods that change something. */
export interface Access {
  role: KeyRole | "open";
  writeRole?: KeyRole;
}

/** Access for paths no route has: they need a key too, so that without one nobody learns which paths exist. */
export const unmatchedAccess: Access = { role: "read", writeRole: "admin" };

export function roleFor({ role, writeRole }: Access, method: string): KeyRole | "open" {
  return writeRole === undefined || safeMethods.includes(method) ? role : writeRole;
}

/** Lets a request through when its API key or session has the role; sets `caller`. */
export function requireApiKey(authorize: Authorize, access: Access): MiddlewareHandler {
  return async (c: Context, next) => {
    const role = roleFor(access, c.req.method);
    return (role === "open" ? undefined : await authorize(c, role)) ?? next();
  };
}
