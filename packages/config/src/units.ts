import { parseDuration, parseDurationOrNever } from "@precis/contracts";
import { z } from "zod";

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

function parsed<T>(parse: (text: string) => T | undefined, allowed: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${allowed}`, input: text });
    return z.NEVER;
  });
}

export const duration = parsed(parseDuration, "a duration such as 30s, 5m or 24h");

/** A duration, or -1 for never. */
export const durationOrNever = parsed(
  parseDurationOrNever,
  "a duration such as 30s or 5m, 0 for at once, or -1 for never",
);

export const byteSize = parsed(parseBytes, "a size such as 512MB or 2GiB");

export const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["true", "false", "1", "0"], { error: "must be true or false" }))
  .transform((text) => text === "true" || text === "1");

/** A whole number within bounds, both inclusive. */
export function integer(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`;
  return parsed((text) => {
    const value = Number(text.trim());
    return text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
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
  return z.string().pipe(z.enum(words, { error: `must be one of ${words.join(", ")}` }));
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
  return match && requests > 0 && ms !== undefined && ms >= 1_000 ? { requests, seconds: ms / 1_000 } : undefined;
}, "a number of requests per time such as 600/m, 10/s or 5000/2h");
