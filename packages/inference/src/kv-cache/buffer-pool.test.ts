import { expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.js";

it("gives the smallest free buffer that is large enough", () => {
  const pool = createBufferPool();
  const [small, medium, large] = [10, 20, 30].map((length) => new Float32Array(length)) as Float32Array[];
  for (const buffer of [large, small, medium]) pool.give(buffer as Float32Array);
  expect(pool.take(15)).toBe(medium);
  expect(pool.take(15)).toBe(large);
  expect(pool.take(15)).not.toBe(small);
});

it("keeps no buffer that proved too small, and says what has become garbage", () => {
  const dropped: number[] = [];
  const pool = createBufferPool((bytes) => dropped.push(bytes));
  pool.give(new Float32Array(10));
  pool.give(new Float32Array(20));
  expect(pool.take(25)).toHaveLength(25);
  expect(dropped).toEqual([80]);
  pool.clear();
  pool.clear();
  expect(dropped).toEqual([80, 40]);
  expect(pool.take(5)).toHaveLength(5);
});
