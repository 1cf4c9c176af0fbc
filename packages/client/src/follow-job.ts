import type { JobEvent } from "./api.js";
import { PrecisApiError, PrecisConnectionError } from "./errors.js";
import { isTerminal } from "./is-terminal.js";
import { readEvents } from "./read-events.js";
import { type Connection, request } from "./request.js";
import { pause, retryDelay } from "./retry-delay.js";

export interface FollowOptions {
  signal?: AbortSignal;
  /** Id of the last event seen, to go on from. */
  lastEventId?: string;
}

/**
 * A job's events until its end. A connection that breaks is opened again from the last event that came.
 *
 * @throws {PrecisConnectionError} when it breaks more often in a row than requests are retried
 */
export async function* followJob(
  connection: Connection,
  id: string,
  { signal, lastEventId }: FollowOptions = {},
): AsyncGenerator<JobEvent> {
  let last = lastEventId;
  let broken = 0;
  while (true) {
    const response = await request(connection, `/api/v1/jobs/${encodeURIComponent(id)}/events`, {
      signal,
      stream: true,
      ...(last === undefined ? {} : { headers: { "last-event-id": last } }),
    });
    // Nothing more to come after that event.
    if (response.status === 204 || response.body === null) return;
    let cause: unknown;
    try {
      for await (const { event, data, id: eventId } of readEvents(response.body)) {
        if (eventId !== undefined) last = eventId;
        broken = 0;
        yield { ...(eventId === undefined ? {} : { id: eventId }), event, data: JSON.parse(data) } as JobEvent;
        if (isTerminal(event)) return;
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof PrecisApiError) throw error;
      cause = error;
    }
    if (broken >= connection.retries) {
      throw new PrecisConnectionError(`the events of job ${id} broke off`, { cause });
    }
    await pause(retryDelay(broken, null, connection.mostDelayMs), signal);
    broken += 1;
  }
}
