import { expect, it } from "vitest";
import { createMemoryHistory } from "./memory-history.js";

const view = (at: number, held: Record<string, number>) =>
  ({ at, workers: Object.entries(held).map(([id, bytes]) => ({ id, held: bytes })) }) as never;

it("goes on from what the API remembered, tells gaps from nothing, and forgets after an hour", () => {
  const history = createMemoryHistory();
  history.begin({ times: [0, 30_000], workers: { a: [null, 5] } });
  history.add(view(60_000, { a: 6, b: 2 }));
  // Too soon after the last to be a point of its own.
  history.add(view(60_500, { a: 99 }));
  history.add(view(62_000, { b: 3 }));
  expect(history.times).toEqual([0, 30_000, 60_000, 62_000]);
  expect(history.of("a")).toEqual([null, 5, 6, null]);
  expect(history.of("b")).toEqual([null, null, 2, 3]);
  expect(history.total()).toEqual([null, 5, 8, 3]);
  history.add(view(3_660_001, { b: 4 }));
  expect(history.times).toEqual([62_000, 3_660_001]);
  // A worker of which nothing is left in the hour is forgotten.
  expect(history.of("a")).toEqual([null, null]);
});
