import { expect, it } from "vitest";
import { readLines } from "./read-lines.js";

/** A body that arrives in chunks of so many bytes. */
function bodyOf(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

it.each([1, 3, 1_000])("reads each value whole when it arrives %d bytes at a time", async (size) => {
  const values = [];
  for await (const value of readLines(bodyOf('{"a":"é"}\n\n{"b":2}\n[3]', size))) values.push(value);
  expect(values).toEqual([{ a: "é" }, { b: 2 }, [3]]);
});

it("reports a line that was cut off", async () => {
  const read = async () => {
    for await (const _ of readLines(bodyOf('{"a":1}\n{"b":', 4))) void _;
  };
  await expect(read()).rejects.toThrow(SyntaxError);
});
