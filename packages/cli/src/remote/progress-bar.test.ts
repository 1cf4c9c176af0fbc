import { expect, it } from "vitest";
import { progressLine } from "./progress-bar.js";

it("tells place, parts and tokens, within the terminal's width", () => {
  expect(progressLine({ event: "queued", data: { position: 3 } }, 80)).toBe("waiting, number 3 in line");
  const progress = { event: "progress" as const, data: { chunks_done: 1, chunks_total: 4, tokens: 57 } };
  expect(progressLine(progress, 80)).toBe("[######..................] 1/4 parts, 57 tokens");
  expect(progressLine(progress, 30)).toHaveLength(29);
  expect(progressLine({ event: "started", data: {} }, 20)).toHaveLength(19);
  expect(progressLine({ event: "progress", data: { chunks_done: 0, chunks_total: 0, tokens: 0 } }, 80)).toContain(
    "0/0",
  );
});
