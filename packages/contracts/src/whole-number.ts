import { z } from "zod";

/** A whole number with bounds; its error says what is allowed and what was given. */
export function wholeNumber(min: number, max: number, unit = "") {
  const error = ({ input }: { input?: unknown }) =>
    `must be a whole number${unit} from ${min} to ${max} (got ${describeInput(input)})`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

const maxInputLength = 40;

/** What was given, in a bounded number of characters. Objects are not spelled out: a deeply nested one would overflow the stack. */
export function describeInput(input: unknown): string {
  if (typeof input === "object" && input !== null) return Array.isArray(input) ? "an array" : "an object";
  const json = JSON.stringify(input) ?? "nothing";
  return json.length > maxInputLength ? `${json.slice(0, maxInputLength)}…` : json;
}
