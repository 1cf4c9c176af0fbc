import { expect, it } from "vitest";
import { thin } from "./read-history.js";

it("leaves at most so many samples of each worker, evenly, with the newest", () => {
  const samples = Array.from({ length: 100 }, (_, at) => [
    { id: "a", at },
    ...(at % 10 === 0 ? [{ id: "b", at }] : []),
  ]).flat();
  const kept = thin(samples, 10);
  const of = (id: string) => kept.filter((sample) => sample.id === id).map(({ at }) => at);
  expect(of("a")).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
  expect(of("b")).toHaveLength(10);
  expect(thin(samples.slice(0, 3), 10)).toHaveLength(3);
});
