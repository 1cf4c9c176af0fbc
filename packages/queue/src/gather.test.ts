import { expect, it } from "vitest";
import { gather } from "./gather.js";

const limits = { items: 3, size: 100, sizeOf: (item: string) => item.length };

function start(work: (items: readonly string[]) => Promise<ReadonlyMap<number, Error>> = async () => new Map()) {
  const groups: (readonly string[])[] = [];
  const ask = gather<string>((items) => {
    groups.push(items);
    return work(items);
  }, limits);
  return { ask, groups };
}

it("what is asked for in one turn is done together, in order; what comes alone is done alone and in its own turn", async () => {
  const { ask, groups } = start();
  await Promise.all([ask("a"), ask("b")]);
  let turns = 0;
  setImmediate(() => (turns += 1));
  await ask("c");
  expect(groups).toEqual([["a", "b"], ["c"]]);
  expect(turns).toBe(1);
});

it("a full group goes at once, by number or by size, and takes no other with it", async () => {
  const { ask, groups } = start();
  const large = "x".repeat(100);
  await Promise.all(["a", "b", "c", "d", large, "e"].map(ask));
  expect(groups).toEqual([["a", "b", "c"], ["d", large], ["e"]]);
});

it("the fault of one is its own, the fault of the work everybody's", async () => {
  const { ask } = start(async (items) => new Map([[items.indexOf("bad"), new Error("bad")]]));
  const outcomes = await Promise.allSettled([ask("good"), ask("bad"), ask("fine")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);

  const broken = start(() => Promise.reject(new Error("away")));
  const all = await Promise.allSettled([broken.ask("a"), broken.ask("b")]);
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
