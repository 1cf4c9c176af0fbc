import { expect, it } from "vitest";
import { remember } from "./remember.js";

function counted(found: (name: string) => string | undefined, ms: number) {
  const asked: string[] = [];
  let time = 0;
  const memory = remember(
    async (name) => {
      asked.push(name);
      return found(name);
    },
    { ms, most: 2, now: () => time },
  );
  return { asked, memory, pass: (by: number) => (time += by) };
}

it("asks once within the time, and again after it", async () => {
  const { asked, memory, pass } = counted((name) => name, 100);
  await Promise.all([memory.get("a"), memory.get("a")]);
  pass(99);
  await memory.get("a");
  expect(asked).toEqual(["a"]);
  pass(1);
  await memory.get("a");
  expect(asked).toEqual(["a", "a"]);
});

it("does not remember what was not found, nor a failure", async () => {
  const { asked, memory } = counted(() => undefined, 100);
  await memory.get("a");
  await memory.get("a");
  expect(asked).toEqual(["a", "a"]);
  let failing = true;
  const flaky = remember(
    async () => {
      if (failing) throw new Error("away");
      return "here";
    },
    { ms: 100, most: 2 },
  );
  await expect(flaky.get("a")).rejects.toThrow("away");
  failing = false;
  expect(await flaky.get("a")).toBe("here");
});

it("holds no more names than allowed", async () => {
  const { asked, memory } = counted((name) => name, 100);
  for (const name of ["a", "b", "c", "a"]) await memory.get(name);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});
