import { expect, it } from "vitest";
import { readDims, tensorType } from "./tensor-type.js";

it("reads the sizes of a tensor type back, numbers and names", () => {
  expect(readDims(tensorType(1, ["rows", 8, "tokens", 48]))).toEqual(["rows", 8, "tokens", 48]);
  expect(readDims(tensorType(1, []))).toEqual([]);
});

it("reads no sizes from a type without a shape", () => {
  // A `TypeProto` with an element type only.
  expect(readDims(Buffer.from([0x0a, 0x02, 0x08, 1]))).toEqual([]);
  expect(readDims(new Uint8Array())).toEqual([]);
});
