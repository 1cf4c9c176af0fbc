import { expect, it } from "vitest";
import { findOversizedField } from "./json-size.js";

/** An array that counts how often one of its elements is read. */
function countedArray(length: number): { array: unknown[]; reads(): number } {
  let reads = 0;
  const array = new Proxy(new Array(length).fill(1), {
    get: (target, name, receiver) => {
      if (typeof name === "string" && /^\d+$/.test(name)) reads += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  return { array, reads: () => reads };
}

it("the elements of a list that is too long are not read", () => {
  const { array, reads } = countedArray(1_000_000);
  for (const given of [{ events: array }, { webhook: { events: array } }, array]) {
    expect(findOversizedField(given)).toBeDefined();
  }
  expect(reads()).toBe(0);
});

it("names the field, and says what is too large", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const members = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
  expect(findOversizedField({ a: nested(17) })).toEqual({ field: "a", message: expect.stringContaining("16 levels") });
  expect(findOversizedField({ a: nested(16) })).toBeUndefined();
  expect(findOversizedField({ a: members(101) })).toEqual({ field: "a", message: expect.stringContaining("100") });
  expect(findOversizedField({ a: members(100) })).toBeUndefined();
  expect(findOversizedField(members(101))).toMatchObject({ field: "body" });
  for (const plain of ["text", 1, null, undefined, {}, [], { text: "x".repeat(1_000_000) }]) {
    expect(findOversizedField(plain)).toBeUndefined();
  }
});
