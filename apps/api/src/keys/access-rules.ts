import type { KeyRole } from "@precis/contracts";

const reading = ["GET", "HEAD", "OPTIONS"];

/** What everybody may see: whether the service lives, its description, and the way in. */
const open = ["/", "/health", "/ready", "/openapi.json", "/docs", "/login", "/logout", "/favicon.ico"];
const openBelow = ["/docs/", "/assets/"];

/** Role by the beginning of the path, first match counts; `write` for methods that change something. */
const rules: readonly { below: string; read: KeyRole; write: KeyRole }[] = [
  { below: "/admin/queues", read: "read", write: "admin" },
  { below: "/admin", read: "admin", write: "admin" },
  { below: "/metrics", read: "admin", write: "admin" },
  { below: "/memory", read: "read", write: "admin" },
  { below: "/workers", read: "read", write: "admin" },
  { below: "/api", read: "read", write: "submit" },
];

/**
 * The role a request needs once keys are demanded. A path that is named nowhere needs a key too, so that a route added
 * later is never open by accident.
 */
export function neededRole(method: string, path: string): KeyRole | "open" {
  if (open.includes(path) || openBelow.some((folder) => path.startsWith(folder))) return "open";
  const rule = rules.find(({ below }) => path === below || path.startsWith(`${below}/`));
  const reads = reading.includes(method);
  if (rule === undefined) return reads ? "read" : "admin";
  return reads ? rule.read : rule.write;
}
