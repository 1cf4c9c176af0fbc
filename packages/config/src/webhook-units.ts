import { isIP } from "node:net";
import { parseDuration } from "@precis/contracts";
import { parsed } from "./units.js";

/** A comma-separated list read item by item; `read` gives `undefined` for what it does not allow. */
function listOf<Item>(read: (text: string) => Item | undefined, allowed: string, min: number, max: number) {
  return parsed((text): Item[] | undefined => {
    const given = text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
    const items = given.map(read).filter((item): item is Item => item !== undefined);
    return items.length === given.length && items.length >= min && items.length <= max ? items : undefined;
  }, allowed);
}

/** A month: much longer than any receiver is down and comes back. */
const maxScheduleMs = 30 * 86_400_000;

/** Milliseconds of each duration, at least one. */
export const durationList = listOf(
  (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms <= maxScheduleMs ? ms : undefined;
  },
  "a comma-separated list of 1 to 50 durations such as 0s,5s,1m, each between 0s and 30d",
  1,
  50,
);

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
  "a comma-separated list of at most 1000 networks such as 10.0.0.0/8,fd00::/8",
  0,
  1_000,
);

/** Secrets of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const webhookSecrets = listOf(
  (text) => {
    const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
    const bytes = encoded === undefined ? 0 : Buffer.from(encoded, "base64").length;
    return bytes >= 24 && bytes <= 64 ? text : undefined;
  },
  "whsec_ and 24 to 64 bytes in base64, up to 10 of them separated by commas",
  1,
  10,
);
