import type { BatchState } from "../kv-cache/batch-state.js";
import type { NextRows } from "../search/search.js";
import type { ControlTokens } from "../search/settings.js";
import type { Network } from "../sessions/open-network.js";
import { generationFailed, type Ticket } from "./generation-request.js";

export interface Member {
  readonly ticket: Ticket;
  /** Its place among the texts of the batch. */
  place: number;
  next: NextRows;
}

/** Texts that are generated together: equally many rows each, and all with equally many tokens so far. */
export interface Cohort {
  members: Member[];
  readonly batch: BatchState;
}

/**
 * Encodes texts that take equally many rows and puts them into a cohort; undefined when none is left.
 *
 * @param joining asked for more once all are encoded, since those that came meanwhile can still begin with them
 */
export async function startCohort(
  network: Network,
  tickets: readonly Ticket[],
  tokens: ControlTokens,
  joining: (members: readonly Member[]) => Promise<readonly Ticket[]> | readonly Ticket[],
): Promise<Cohort | undefined> {
  const members: Member[] = [];
  const batch = network.batch(tickets[0]?.search.width ?? 1);
  const queue: Ticket[] = [];
  const take = (more: readonly Ticket[]) => {
    queue.push(...more);
    batch.reserve(more.length, Math.max(0, ...more.map(({ ids }) => ids.length)));
  };
  take(tickets);
  while (true) {
    if (queue.length === 0) take(await joining(members));
    const ticket = queue.shift();
    if (ticket === undefined) break;
    if (ticket.settled) continue;
    try {
      await network.encode(batch, ticket.ids);
      const beams = Array.from({ length: batch.width }, (_, beam) => beam);
      members.push({ ticket, place: members.length, next: { tokens: beams.map(() => tokens.start), parents: beams } });
    } catch (cause) {
      ticket.settle({ error: generationFailed(cause) });
    }
  }
  if (members.length === 0) {
    batch.release();
    return undefined;
  }
  batch.expect(Math.max(...members.map(({ ticket }) => ticket.search.maxLength)));
  return { members, batch };
}

/** One token for every text of a cohort. Those that have ended or were cancelled leave it. */
export async function stepCohort(network: Network, cohort: Cohort): Promise<void> {
  leave(cohort, ({ ticket }) => ticket.settled);
  if (cohort.members.length === 0) return;
  const { batch } = cohort;
  const { width } = batch;
  const tokens = new Array<number>(batch.texts * width);
  for (const { place, next } of cohort.members) {
    for (const [beam, token] of next.tokens.entries()) tokens[place * width + beam] = token;
  }
  try {
    const [
      {
        ticket: { search },
      },
    ] = cohort.members as [Member];
    const scores = await network.step(batch, tokens, search.scores);
    const moves: { to: number; from: number }[] = [];
    for (const member of cohort.members) {
      const { ticket, place } = member;
      if (ticket.settled) continue;
      const first = place * width;
      const next = advance(ticket, scores.slice(first, first + width));
      if (next === undefined) continue;
      member.next = next;
      for (const [beam, parent] of next.parents.entries()) {
        if (parent !== beam) moves.push({ to: first + beam, from: first + parent });
      }
    }
    if (moves.length > 0) batch.reorder(moves);
  } catch (cause) {
    for (const { ticket } of cohort.members) ticket.settle({ error: generationFailed(cause) });
  }
  leave(cohort, ({ ticket }) => ticket.settled);
}

function advance(ticket: Ticket, scores: Float32Array[]): NextRows | undefined {
  const next = ticket.search.advance(scores);
  ticket.onToken?.(ticket.search.best());
  if (next === undefined) ticket.settle({ ids: ticket.search.best() });
  return next;
}

/** Takes members out of the batch; the last text moves into each gap. */
function leave(cohort: Cohort, gone: (member: Member) => boolean): void {
  for (const member of cohort.members.filter(gone)) {
    cohort.members = cohort.members.filter((other) => other !== member);
    const last = cohort.batch.texts - 1;
    cohort.batch.remove(member.place);
    for (const other of cohort.members) if (other.place === last) other.place = member.place;
  }
}
