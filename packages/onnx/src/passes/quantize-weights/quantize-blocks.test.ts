import { expect, it } from "vitest";
import { createBlockQuantizer, quantizeRows } from "./quantize-blocks.js";

it("maps the value furthest from zero to the lowest code, and rounds the others to 256 steps", () => {
  const { result, add } = createBlockQuantizer({ bits: 8, block: 32 }, 40, 1);
  const values = Float32Array.from({ length: 40 }, (_, index) => (index === 3 ? 2 : (index - 20) / 32));
  add(0, 0, values, 0, 1, 32);
  add(0, 1, values, 32, 1, 8);
  expect(result.scales).toEqual(Float32Array.of(-2 / 128, 19 / 32 / -128));
  expect(result.codes[3]).toBe(0);
  for (const [index, value] of values.entries()) {
    const scale = result.scales[index >> 5] as number;
    const restored = ((result.codes[index] as number) - 128) * scale;
    expect(Math.abs(restored - value)).toBeLessThanOrEqual(Math.abs(scale) / 2);
  }
  // The last block is padded with zeros.
  expect([...result.codes.subarray(40)]).toEqual(new Array(24).fill(128));
});

it("packs two codes of 4 bits into a byte, the first into the lower half", () => {
  const { result, add } = createBlockQuantizer({ bits: 4, block: 32 }, 32, 1);
  add(
    0,
    0,
    Float32Array.from({ length: 32 }, (_, index) => [-8, 3, 0, 7][index % 4] as number),
    0,
    1,
    32,
  );
  expect([...result.scales]).toEqual([1]);
  expect([...result.codes.subarray(0, 2)]).toEqual([0 | ((3 + 8) << 4), 8 | ((7 + 8) << 4)]);
});

it("keeps zeros", () => {
  const { result, add } = createBlockQuantizer({ bits: 8, block: 32 }, 32, 1);
  add(0, 0, new Float32Array(32), 0, 1, 32);
  expect(result.scales[0]).toBeCloseTo(0);
  expect(new Set(result.codes)).toEqual(new Set([128]));
  expect(quantizeRows(new Float32Array(4), 2)).toEqual({ codes: new Int8Array(4), scales: Float32Array.of(1, 1) });
});

it("rounds a row to signed 8 bits, halves to even", () => {
  const { codes, scales } = quantizeRows(Float32Array.of(127, -0.5, 1.5, 2.5, 0, -254, 4, 1), 4);
  expect([...scales]).toEqual([1, 2]);
  expect([...codes]).toEqual([127, 0, 2, 2, 0, -127, 2, 0]);
});
