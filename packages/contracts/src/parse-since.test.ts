import { expect, it } from "vitest";
import { parseSince } from "./memory-http.js";

const now = 1_800_000_000_000;

it.each([
  ["10m", now - 600_000],
  ["1800000000000", now],
  ["2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1)],
  // Further back than time goes: everything there is.
  ["99999999999d", 0],
  ["9".repeat(11), 0],
])("%s", (text, expected) => {
  expect(parseSince(text, now)).toBe(expected);
});

it("refuses what no date can hold", () => {
  for (const text of ["9".repeat(18), "9".repeat(400), "yesterday", ""]) expect(parseSince(text, now)).toBeUndefined();
});
