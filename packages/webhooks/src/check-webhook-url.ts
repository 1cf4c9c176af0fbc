import { isIP } from "node:net";
import type { AddressPolicy } from "./address-policy.js";

/**
 * Returns what is wrong with the URL of an endpoint, or `undefined`. Host names pass, because their addresses are checked
 * when a delivery connects. The URL parser turns decimal, octal and hexadecimal spellings into addresses.
 */
export function checkWebhookUrl(text: string, policy: AddressPolicy): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return "must be a URL that begins with https://";
  // The rest of the URL may contain a secret, so that messages name its scheme or its host at most.
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return `must be a URL that begins with https:// (got ${url.protocol})`;
  }
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password";
  if (url.protocol === "http:" && !policy.hasOpened) return plainHttpRefused;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocalhost = /(^|\.)localhost\.?$/i.test(host);
  const addresses = isLocalhost ? ["127.0.0.1", "::1"] : isIP(host) === 0 ? [] : [host];
  if (addresses.length === 0) return undefined;
  const classes = addresses.map(policy.classify);
  if (classes.every((one) => one === "refused")) {
    return `must not point at ${host}, which is not a public address; WEBHOOK_ALLOW_NETWORKS can permit its network`;
  }
  if (url.protocol === "http:" && !classes.includes("opened")) return plainHttpRefused;
  return undefined;
}

const plainHttpRefused =
  "must begin with https:// (got http:); plain http is permitted only to networks in WEBHOOK_ALLOW_NETWORKS";
