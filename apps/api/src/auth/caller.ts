import { type KeyRole, roleAllows } from "@precis/contracts";
import type { Context } from "hono";

/** Who sent a request. */
export interface Caller {
  role: KeyRole;
  /** Owner of the jobs it submits and sees; absent while no API key is required. */
  owner?: string;
  /** Prefix of the API key, for rate limits and logs; absent while no API key is required. */
  prefix?: string;
}

declare module "hono" {
  interface ContextVariableMap {
    caller: Caller;
  }
}

/** The field of a submitted job's data that says whose it is; empty while no API key is required. */
export function ownerField(c: Context): { owner?: string } {
  const { owner } = c.get("caller");
  return owner === undefined ? {} : { owner };
}

/** Owner that lists are restricted to; `undefined` for admins, who see every job. */
export function visibleOwner(c: Context): string | undefined {
  const { role, owner } = c.get("caller");
  return roleAllows(role, "admin") ? undefined : owner;
}

/** Whether the caller may see what belongs to `owner`; only admins see what has no owner. */
export function canView(c: Context, owner: string | undefined): boolean {
  const { role, owner: own } = c.get("caller");
  return roleAllows(role, "admin") || (owner !== undefined && owner === own);
}
