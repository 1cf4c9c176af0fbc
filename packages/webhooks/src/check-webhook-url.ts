import { isIP } from "node:net";
import type { AddressPolicy } from "./address-policy.js";

/**
 * What is wrong with a webhook's URL as far as it can be told without asking DNS; `undefined` when nothing is. Names are
 * judged by their addresses when a delivery connects. Decimal, octal and hex spellings are addresses to the URL parser.
 */
export function checkWebhookUrl(text: string, policy: AddressPolicy): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return "must be a URL that begins with https://";
  }
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.protocol === "http:" && !policy.opened) {
    return "must begin with https://; plain http is for networks opened by WEBHOOK_ALLOW_NETWORKS only";
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const local = /(^|\.)localhost\.?$/i.test(host);
  const addresses = local ? ["127.0.0.1", "::1"] : isIP(host) === 0 ? [] : [host];
  if (addresses.length === 0) return undefined;
  const verdicts = addresses.map(policy.judge);
  if (verdicts.every((verdict) => verdict === "refused")) {
    return `must not point at ${host}, which is not a public address; WEBHOOK_ALLOW_NETWORKS can open its network`;
  }
  if (url.protocol === "http:" && !verdicts.includes("opened")) {
    return "must begin with https://; plain http is for networks opened by WEBHOOK_ALLOW_NETWORKS only";
  }
  return undefined;
}
