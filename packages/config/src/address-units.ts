import { isIP } from "node:net";
import { findHttpAddressIssue, type HttpAddressRules, parseRedisAddress } from "@precis/contracts";
import { z } from "zod";
import { parsed } from "./units.js";

/** Text that stays as it is once `findIssue` finds nothing wrong with it. */
function checked(findIssue: (text: string) => string | undefined, allowed: string) {
  return z
    .string()
    .trim()
    .superRefine((text, context) => {
      const message = findIssue(text);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .describe(allowed);
}

/** Address of a Redis. */
export const redisAddress = checked((text) => {
  const address = parseRedisAddress(text);
  return "issue" in address ? address.issue : undefined;
}, "redis://, rediss:// or unix://");

/** Address of an HTTP server. */
export function httpAddress(rules: HttpAddressRules) {
  return checked((text) => findHttpAddressIssue(text, rules), "https:// or http://");
}

/** An IP address, IPv6 with or without brackets, or a host name, to listen on. */
export const host = parsed((text) => {
  const bare = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return bare;
  return /^(?=.*[a-z])[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(bare) ? bare : undefined;
}, "an IP address or a host name, without scheme, port or path");

/** What can be sent in a header. */
export const apiKey = checked(
  (text) => (/^[\x21-\x7e]+$/.test(text) ? undefined : "must be one API key, without spaces or line breaks"),
  "precis_…",
);
