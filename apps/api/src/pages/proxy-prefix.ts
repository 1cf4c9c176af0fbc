import type { Context } from "hono";

const maxLength = 200;

/**
 * The path prefix that a proxy has stripped, from `X-Forwarded-Prefix`; empty when there is none or it is not a plain
 * path.
 */
export function proxyPrefix(c: Context): string {
  const given = c.req.header("x-forwarded-prefix") ?? "";
  // A bound first: the header has up to 16 KB, and the prefix is repeated in every link.
  if (given.length > maxLength) return "";
  return /^((?:\/[\w.~-]+)+)\/*$/.exec(given)?.[1] ?? "";
}
