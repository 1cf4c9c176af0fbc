import { describe, expect, it } from "vitest";
import { chooseProgress } from "./progress-writes.js";

const progress = (chunks_done: number, chunks_total: number, tokens: number) => ({ chunks_done, chunks_total, tokens });

describe("progress that is written", () => {
  it("is all of it while the job has followers", () => {
    const isWorthWriting = chooseProgress(() => 0);
    expect([0, 1, 2].map((tokens) => isWorthWriting(progress(0, 1, tokens), true))).toEqual([true, true, true]);
  });

  it("is none for a short job without followers", () => {
    const isWorthWriting = chooseProgress(() => 0);
    expect(isWorthWriting(progress(0, 1, 0), false)).toBe(false);
    expect(isWorthWriting(progress(0, 1, 9), false)).toBe(false);
    expect(isWorthWriting(progress(1, 1, 12), false)).toBe(false);
  });

  it("is every chunk but the last, and tokens once a second, without followers", () => {
    let now = 0;
    const isWorthWriting = chooseProgress(() => now);
    expect(isWorthWriting(progress(1, 3, 5), false)).toBe(true);
    expect(isWorthWriting(progress(1, 3, 7), false)).toBe(false);
    now = 1_000;
    expect(isWorthWriting(progress(1, 3, 9), false)).toBe(true);
    expect(isWorthWriting(progress(2, 3, 10), false)).toBe(true);
    expect(isWorthWriting(progress(3, 3, 15), false)).toBe(false);
  });
});
