import { type JobEvent, jobEventSchema } from "@precis/contracts";

export type ReceivedEvent = JobEvent & { id: string };

/** Reads a job's server-sent events until the stream ends; each is checked against the contract. */
export async function* readEvents(url: string, id: string, lastEventId?: string): AsyncGenerator<ReceivedEvent> {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const answer = await fetch(`${url}/api/v1/jobs/${id}/events`, { headers });
  if (answer.status !== 200 || answer.body === null) throw new Error(`HTTP ${answer.status}`);
  let buffered = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    buffered += chunk;
    const blocks = buffered.split("\n\n");
    buffered = blocks.pop() ?? "";
    for (const block of blocks.filter((text) => !text.startsWith(":"))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      const event = jobEventSchema.parse({ event: field("event"), data: JSON.parse(field("data")) });
      yield { ...event, id: field("id") };
    }
  }
}
