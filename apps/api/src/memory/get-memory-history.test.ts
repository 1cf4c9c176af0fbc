import { expect, it } from "vitest";
import { downsample } from "./get-memory-history.js";

it("leaves at most so many samples of each worker, evenly, with the newest", () => {
  const samples = Array.from({ length: 100 }, (_, at) => [
    { worker: "a", at },
    ...(at % 10 === 0 ? [{ worker: "b", at }] : []),
  ]).flat();
  const kept = downsample(samples, 10);
  const of = (worker: string) => kept.filter((sample) => sample.worker === worker).map(({ at }) => at);
  expect(of("a")).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
  expect(of("b")).toHaveLength(10);
  expect(downsample(samples.slice(0, 3), 10)).toHaveLength(3);
});
