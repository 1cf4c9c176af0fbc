import { parseDuration, parseDurationOrNever } from "@precis/contracts";
import { z } from "zod";

const maxRequests = 1_000_000;
/** A week, in seconds. */
const maxRateSeconds = 604_800;

const byteUnits: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `512MB`, `2GB`, `1.5GiB`; a bare number counts bytes; `undefined` when it is none of these. */
function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i.exec(text.trim());
  if (!match) return undefined;
  const unit = byteUnits[(match[2] ?? "b").toLowerCase()];
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** A setting that `parse` reads; the documentation shows what is allowed. */
export function parsed<T>(parse: (text: string) => T | undefined, allowed: string) {
  return z
    .string()
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `must be ${allowed}`, input: text });
      return z.NEVER;
    })
    .describe(allowed);
}

/** A number with a unit, within bounds that are written the same way and both allowed. */
function bounded(
  parse: (text: string) => number | undefined,
  { min, max, example, also }: { min: string; max: string; example: string; also?: { value: number; words: string } },
) {
  const [least, most] = [parse(min) as number, parse(max) as number];
  const suffix = also === undefined ? "" : `, or ${also.words}`;
  return z
    .string()
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined && ((value >= least && value <= most) || value === also?.value)) return value;
      const kind = value === undefined ? `${example}, ` : "";
      context.addIssue({ code: "custom", message: `must be ${kind}between ${min} and ${max}${suffix}`, input: text });
      return z.NEVER;
    })
    .describe(`${min} to ${max}${suffix}`);
}

/** A duration. Bounds keep it sensible, and below the 24.8 days at which Node's timers overflow and fire at once. */
export function duration(min: string, max: string) {
  return bounded(parseDuration, { min, max, example: "a duration such as 30s, 5m or 24h" });
}

/** A duration, or -1 for never. */
export function durationOrNever(min: string, max: string) {
  const also = { value: -1, words: "-1 for never" };
  return bounded(parseDurationOrNever, { min, max, example: "a duration such as 30s or 5m", also });
}

/** A number of bytes. */
export function byteSize(min: string, max: string) {
  return bounded(parseBytes, { min, max, example: "a size such as 512MB or 2GiB" });
}

export const flag = parsed((text) => {
  const word = text.trim().toLowerCase();
  return ["true", "1"].includes(word) ? true : ["false", "0"].includes(word) ? false : undefined;
}, "true or false");

/** A whole number within bounds, both inclusive. */
export function integer(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  return parsed((text) => {
    const value = Number(text.trim());
    return /^\d+$/.test(text.trim()) && value >= min && value <= max ? value : undefined;
  }, allowed);
}

/** A comma-separated list of the allowed words; empty means none. */
export function wordList<const Word extends string>(words: readonly Word[]) {
  return parsed(
    (text) => {
      const given = text
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== "");
      return given.every((word): word is Word => (words as readonly string[]).includes(word))
        ? [...new Set(given)]
        : undefined;
    },
    `a comma-separated list of ${words.join(", ")}`,
  );
}

/** One of the allowed words. */
export function oneOf<const Word extends string>(words: readonly [Word, ...Word[]]) {
  return parsed((text) => words.find((word) => word === text.trim()), `one of ${words.join(", ")}`);
}

/** At most this many requests in this many seconds. */
export interface Rate {
  requests: number;
  seconds: number;
}

/** `600/m`, `10/s`, `5000/1h`: requests per second, minute, hour or day, or per a number of them. */
export const rate = parsed((text): Rate | undefined => {
  const match = /^(\d+)\s*\/\s*(\d*\s*[smhd])$/i.exec(text.trim());
  const requests = Number(match?.[1]);
  const span = match?.[2]?.trim() ?? "";
  const ms = parseDuration(/^\d/.test(span) ? span : `1${span}`);
  if (!match || ms === undefined) return undefined;
  const seconds = ms / 1_000;
  const allowed = requests >= 1 && requests <= maxRequests && seconds >= 1 && seconds <= maxRateSeconds;
  return allowed ? { requests, seconds } : undefined;
}, "a number of requests per time such as 600/m, 10/s or 5000/2h, at most 1000000 requests in at most 7d");
