import { expect, it } from "vitest";
import { peakRssBytes } from "./peak-memory.js";

it("is what was measured, and in proportion between and beyond", () => {
  const measured = { peak_rss_bytes: 410, peak_rows: 32, single_row_rss_bytes: 100 };
  expect([1, 2, 16, 32, 64].map((rows) => peakRssBytes(measured, rows))).toEqual([100, 110, 250, 410, 730]);
});

it("is the peak for any number of rows when nothing else was measured", () => {
  expect(peakRssBytes({ peak_rss_bytes: 410 }, 1)).toBe(410);
});
