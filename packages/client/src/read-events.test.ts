import { expect, it } from "vitest";
import { readEvents } from "./read-events.js";

const text =
  ': heartbeat\n\nevent: queued\ndata: {"position":3}\nid: 1\n\ndata: a\r\ndata:b\r\nid: 2\r\n\r\nevent: ende\ndata: "é\u2028x"\n\nevent: cut\ndata: off';

it.each([1, 2, 3, 7, 1_000])("reads the same events in pieces of %i bytes", async (size) => {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(body)) events.push(event);
  expect(events).toEqual([
    { event: "queued", data: '{"position":3}', id: "1" },
    { event: "message", data: "a\nb", id: "2" },
    { event: "ende", data: '"é\u2028x"', id: "2" },
  ]);
});
