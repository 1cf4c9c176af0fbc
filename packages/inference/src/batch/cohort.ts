import type { NextRows } from "../generate/search.js";
import type { ControlTokens } from "../generate/settings.js";
import type { BatchState } from "../runtime/batch-state.js";
import type { Network } from "../runtime/open-network.js";
import { generationFailed, type Ticket } from "./ticket.js";

interface Member {
  readonly ticket: Ticket;
  /** Places of its rows in the batch, one for each beam. */
  rows: number[];
  next: NextRows;
}

/** Texts that are generated together, all with equally many tokens so far. */
export interface Cohort {
  members: Member[];
  readonly batch: BatchState;
}

/**
 * Encodes texts and puts them into a cohort; undefined when none is left.
 *
 * @param joining asked for more once all are encoded, since those that came meanwhile can still begin with them
 */
export async function startCohort(
  network: Network,
  tickets: readonly Ticket[],
  tokens: ControlTokens,
  joining: (members: readonly Member[]) => readonly Ticket[],
): Promise<Cohort | undefined> {
  const members: Member[] = [];
  const batch = network.batch();
  const queue: Ticket[] = [];
  const take = (more: readonly Ticket[]) => {
    queue.push(...more);
    const rows = more.reduce((sum, { search }) => sum + search.width, 0);
    batch.reserve(rows, Math.max(0, ...more.map(({ ids }) => ids.length)));
  };
  take(tickets);
  while (true) {
    if (queue.length === 0) take(joining(members));
    const ticket = queue.shift();
    if (ticket === undefined) break;
    if (ticket.settled) continue;
    try {
      const first = batch.rows;
      const beams = Array.from({ length: ticket.search.width }, (_, beam) => beam);
      await network.encode(batch, ticket.ids, beams.length);
      const next = { tokens: beams.map(() => tokens.start), parents: beams };
      members.push({ ticket, next, rows: beams.map((beam) => first + beam) });
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
  const tokens = new Array<number>(batch.rows);
  for (const { rows, next } of cohort.members) {
    for (const [beam, row] of rows.entries()) tokens[row] = next.tokens[beam] as number;
  }
  try {
    const scores = await network.step(batch, tokens);
    const moves: { to: number; from: number }[] = [];
    for (const member of cohort.members) {
      const { ticket, rows } = member;
      if (ticket.settled) continue;
      const next = advance(
        ticket,
        rows.map((row) => scores[row] as Float32Array),
      );
      if (next === undefined) continue;
      member.next = next;
      for (const [beam, to] of rows.entries()) {
        const from = rows[next.parents[beam] as number] as number;
        if (from !== to) moves.push({ to, from });
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

/** Takes members out of the batch; the last row moves into each gap, wherever it belongs. */
function leave(cohort: Cohort, gone: (member: Member) => boolean): void {
  for (const member of cohort.members.filter(gone)) {
    cohort.members = cohort.members.filter((other) => other !== member);
    // From the highest row on, so that no row of this member is moved into one of its own gaps.
    for (const row of [...member.rows].sort((a, b) => b - a)) {
      const last = cohort.batch.rows - 1;
      cohort.batch.remove(row);
      for (const other of cohort.members) other.rows = other.rows.map((place) => (place === last ? row : place));
    }
  }
}
