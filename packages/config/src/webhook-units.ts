import { isIP } from "node:net";
import { parseDuration } from "@precis/contracts";
import { z } from "zod";

/** A comma-separated list read item by item; `read` gives `undefined` for what it does not allow. */
function listOf<Item>(read: (text: string) => Item | undefined, allowed: string, least: number) {
  return z.string().transform((text, context): Item[] => {
    const given = text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
    const items = given.map(read).filter((item): item is Item => item !== undefined);
    if (items.length === given.length && items.length >= least) return items;
    context.addIssue({ code: "custom", message: `must be ${allowed}`, input: text });
    return z.NEVER;
  });
}

/** Milliseconds of each duration, at least one. */
export const durationList = listOf(parseDuration, "a comma-separated list of durations such as 0s,5s,1m", 1);

/** Networks in CIDR form; a bare address stands for itself. */
export const networkList = listOf(
  (text) => {
    const [address = "", prefix, ...more] = text.split("/");
    const family = isIP(address);
    if (family === 0 || more.length > 0) return undefined;
    const longest = family === 4 ? 32 : 128;
    if (prefix === undefined) return `${address}/${longest}`;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest ? text : undefined;
  },
  "a comma-separated list of networks such as 10.0.0.0/8,fd00::/8",
  0,
);

/** Secrets of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const webhookSecrets = listOf(
  (text) => {
    const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
    const bytes = encoded === undefined ? 0 : Buffer.from(encoded, "base64").length;
    return bytes >= 24 && bytes <= 64 ? text : undefined;
  },
  "whsec_ and 24 to 64 bytes in base64, several separated by commas",
  1,
);
