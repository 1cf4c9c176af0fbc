import { expect, it } from "vitest";
import { MessageBatcher } from "./message-batcher.js";

it("writes the messages of a turn together, in their order, and none twice", async () => {
  const written: number[][] = [];
  const batcher = new MessageBatcher<number>((messages) => written.push(messages));
  batcher.send(1);
  batcher.send(2);
  expect(written).toEqual([]);
  await Promise.resolve();
  expect(written).toEqual([[1, 2]]);
  batcher.send(3);
  await Promise.resolve();
  expect(written).toEqual([[1, 2], [3]]);
});

it("writes before the event loop continues, as when a process exits after its last message", async () => {
  const events: string[] = [];
  const batcher = new MessageBatcher<string>((messages) => events.push(...messages));
  setImmediate(() => events.push("next turn"));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      batcher.send("last");
      Promise.resolve().then(() => {
        events.push("end");
        resolve();
      });
    });
  });
  expect(events).toEqual(["next turn", "last", "end"]);
});
