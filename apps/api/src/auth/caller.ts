import { type KeyRole, roleAllows } from "@precis/contracts";
import type { Context } from "hono";

/** Who sent a request, as far as it matters. */
export interface Caller {
  role: KeyRole;
  /** Whose jobs it submits and sees; absent while no key is demanded. */
  owner?: string;
  /** Prefix of the key, for rate limits and logs; absent while no key is demanded. */
  prefix?: string;
}

declare module "hono" {
  interface ContextVariableMap {
    caller: Caller;
  }
}

/** The field a submitted job's data gets; empty while no key is demanded. */
export function ownerField(c: Context): { owner?: string } {
  return ownerOf(c.get("caller"));
}

/** The same, of a caller. */
export function ownerOf({ owner }: Caller): { owner?: string } {
  return owner === undefined ? {} : { owner };
}

/** Owner to restrict lists to; `undefined` for those who see everybody's jobs. */
export function visibleOwner(c: Context): string | undefined {
  const { role, owner } = c.get("caller");
  return roleAllows(role, "admin") ? undefined : owner;
}

/** Whether the caller may see what belongs to `owner`; what has no owner is for admins only. */
export function maySee(c: Context, owner: string | undefined): boolean {
  const { role, owner: own } = c.get("caller");
  return roleAllows(role, "admin") || (owner !== undefined && owner === own);
}
