import { expect, it } from "vitest";
import { createOutbox } from "./message-batcher.js";

it("writes the messages of a turn together, in their order, and none twice", async () => {
  const written: number[][] = [];
  const send = createOutbox<number>((messages) => written.push(messages));
  send(1);
  send(2);
  expect(written).toEqual([]);
  await Promise.resolve();
  expect(written).toEqual([[1, 2]]);
  send(3);
  await Promise.resolve();
  expect(written).toEqual([[1, 2], [3]]);
});

it("has written before the event loop goes on, as when a process ends after its last message", async () => {
  const events: string[] = [];
  const send = createOutbox<string>((messages) => events.push(...messages));
  setImmediate(() => events.push("next turn"));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      send("last");
      Promise.resolve().then(() => {
        events.push("end");
        resolve();
      });
    });
  });
  expect(events).toEqual(["next turn", "last", "end"]);
});
