import { expect, it } from "vitest";
import { createMemoryHistory } from "./memory-history.js";

const view = (at: number, memory: Record<string, number>) =>
  ({ at, workers: Object.entries(memory).map(([id, rss]) => ({ id, rss })) }) as never;

it("continues the history that the API sent, tells gaps from zero, and drops points after an hour", () => {
  const history = createMemoryHistory();
  history.begin({ times: [0, 30_000], workers: { a: [null, 5] } });
  history.add(view(60_000, { a: 6, b: 2 }));
  // Too soon after the last one to become a point.
  history.add(view(60_500, { a: 99 }));
  history.add(view(62_000, { b: 3 }));
  expect(history.times).toEqual([0, 30_000, 60_000, 62_000]);
  expect(history.of("a")).toEqual([null, 5, 6, null]);
  expect(history.of("b")).toEqual([null, null, 2, 3]);
  expect(history.total()).toEqual([null, 5, 8, 3]);
  history.add(view(3_660_001, { b: 4 }));
  expect(history.times).toEqual([62_000, 3_660_001]);
  // A worker without telemetry in the last hour is dropped.
  expect(history.of("a")).toEqual([null, null]);
});
