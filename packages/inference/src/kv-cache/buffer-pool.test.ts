import { expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.js";

it("returns the smallest free buffer that is large enough", () => {
  const pool = createBufferPool();
  const [small, medium, large] = [10, 20, 30].map((length) => new Float32Array(length)) as Float32Array[];
  for (const buffer of [large, small, medium]) pool.release(buffer as Float32Array);
  expect(pool.acquire(15)).toBe(medium);
  expect(pool.acquire(15)).toBe(large);
  expect(pool.acquire(15)).not.toBe(small);
});

it("drops a buffer that is too small, and reports the bytes that became garbage", () => {
  const dropped: number[] = [];
  const pool = createBufferPool((bytes) => dropped.push(bytes));
  pool.release(new Float32Array(10));
  pool.release(new Float32Array(20));
  expect(pool.acquire(25)).toHaveLength(25);
  expect(dropped).toEqual([80]);
  pool.clear();
  pool.clear();
  expect(dropped).toEqual([80, 40]);
  expect(pool.acquire(5)).toHaveLength(5);
});
