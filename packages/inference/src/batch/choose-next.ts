import type { Ticket } from "./ticket.js";

export interface Limits {
  maxRows: number;
  maxTokens: number;
  gatherMs: number;
  /** Texts that join a cohort whose generation has not begun need not wait for company: they are it. */
  joining?: boolean;
}

/** What takes room already: texts in generation, with their rows. */
export interface Occupied {
  readonly members: readonly { readonly ticket: Ticket }[];
}

/** Two half-full cohorts side by side take a tenth longer than one that is full. */
const freeShare = 0.75;

/**
 * Takes out of `waiting` the texts that start together now; often none.
 *
 * The one that has waited longest is always among them, so nothing starves; with it go those nearest to it in length,
 * so that little is padded. While others are being generated, newcomers gather for a few milliseconds, and for as long
 * as not three quarters of the rows are free: many small cohorts cost far more than one full one.
 */
export function chooseNext(waiting: Ticket[], cohorts: readonly Occupied[], limits: Limits, now: number): Ticket[] {
  removeSettled(waiting);
  const [oldest] = waiting;
  if (oldest === undefined) return [];
  const active = cohorts.flatMap(({ members }) => members.map(({ ticket }) => ticket));
  let rows = limits.maxRows - sum(active, rowsOf);
  let tokens = limits.maxTokens - sum(active, tokensOf);
  const idle = active.length === 0;
  const wanted = sum(waiting, rowsOf);
  if (!idle && !limits.joining) {
    if (rows < Math.min(wanted, Math.ceil(limits.maxRows * freeShare))) return [];
    if (rows > wanted && now - oldest.since < limits.gatherMs) return [];
  }
  const distance = (ticket: Ticket) => Math.abs(ticket.ids.length - oldest.ids.length);
  const byLength = waiting.slice(1).sort((a, b) => distance(a) - distance(b));
  const chosen: Ticket[] = [];
  for (const ticket of [oldest, ...byLength]) {
    const fits = rowsOf(ticket) <= rows && tokensOf(ticket) <= tokens;
    // A text that is larger than the limits all by itself must run too, once it has the model to itself.
    if (!fits && !(idle && chosen.length === 0)) {
      if (chosen.length === 0) return [];
      continue;
    }
    chosen.push(ticket);
    rows -= rowsOf(ticket);
    tokens -= tokensOf(ticket);
    if (rows <= 0) break;
  }
  for (const ticket of chosen) waiting.splice(waiting.indexOf(ticket), 1);
  return chosen;
}

const rowsOf = ({ search }: Ticket) => search.width;
const tokensOf = ({ search, ids }: Ticket) => search.width * ids.length;

function sum(tickets: readonly Ticket[], value: (ticket: Ticket) => number): number {
  return tickets.reduce((total, ticket) => total + value(ticket), 0);
}

function removeSettled(waiting: Ticket[]): void {
  for (let i = waiting.length - 1; i >= 0; i -= 1) if (waiting[i]?.settled) waiting.splice(i, 1);
}
