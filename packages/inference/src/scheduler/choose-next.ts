import type { Ticket } from "./generation-request.js";

export interface Limits {
  maxRows: number;
  /** Most tokens whose caches are held. */
  maxTokens: number;
  gatherMs: number;
  /** Whether a text's rows share what its tokens take; else each row takes it. */
  sharesTokens: boolean;
  /** Texts that join a cohort whose generation has not begun need not wait for company: they are it. */
  joining?: boolean;
}

/** What takes room already: texts in generation, with their rows. */
export interface Occupied {
  readonly members: readonly { readonly ticket: Ticket }[];
}

/** Newcomers are so many times the rows that are left of those before them. */
const timesLeft = 3;
/** One that has waited so long need not wait for that, only for so much room: many small cohorts would get none done. */
const patienceMs = 1_000;
const freeShare = 0.75;

/**
 * Takes out of `waiting` the texts that start together now; often none.
 *
 * The one that has waited longest is always among them, so nothing starves; with it go those of as many rows, nearest to
 * it in length, so that little is padded. While others are being generated, newcomers gather until they are many beside
 * what is left of those: two cohorts of four take nearly twice the time of one of eight, so that everybody's summary,
 * of those in front too, would come later.
 */
export function chooseNext(waiting: Ticket[], cohorts: readonly Occupied[], limits: Limits, now: number): Ticket[] {
  removeSettled(waiting);
  const [oldest] = waiting;
  if (oldest === undefined) return [];
  const running = cohorts.map(({ members }) => members.map(({ ticket }) => ticket));
  const active = running.flat();
  let rows = limits.maxRows - sum(active, rowsOf);
  /** Every text of a cohort takes the room of its longest, and each row twice that of the longest summary: steps make copies. */
  const tokensOf = (tickets: readonly Ticket[]) => {
    const text = Math.max(0, ...tickets.map(({ ids }) => ids.length));
    const summary = Math.max(0, ...tickets.map(({ search }) => search.maxLength));
    return sum(tickets, ({ search: { width } }) => (limits.sharesTokens ? 1 : width) * text + width * 2 * summary);
  };
  const begun = limits.joining ? active : [];
  const tokens = limits.maxTokens - (limits.joining ? 0 : sum(running, tokensOf));
  const [first] = active;
  if (limits.joining && first !== undefined && rowsOf(first) !== rowsOf(oldest)) return [];
  const idle = first === undefined;
  const wanted = sum(waiting, rowsOf);
  if (!idle && !limits.joining) {
    const patient = now - oldest.since < patienceMs;
    const left = sum(active, rowsOf);
    if (patient ? Math.min(rows, wanted) < timesLeft * left : rows < limits.maxRows * freeShare) return [];
    if (rows > wanted && now - oldest.since < limits.gatherMs) return [];
  }
  const distance = (ticket: Ticket) => Math.abs(ticket.ids.length - oldest.ids.length);
  const alike = waiting.slice(1).filter((ticket) => rowsOf(ticket) === rowsOf(oldest));
  const byLength = alike.sort((a, b) => distance(a) - distance(b));
  const chosen: Ticket[] = [];
  for (const ticket of [oldest, ...byLength]) {
    const fits = rowsOf(ticket) <= rows && tokensOf([...begun, ...chosen, ticket]) <= tokens;
    // A text that is larger than the limits all by itself must run too, once it has the model to itself.
    if (!fits && !(idle && chosen.length === 0)) {
      if (chosen.length === 0) return [];
      continue;
    }
    chosen.push(ticket);
    rows -= rowsOf(ticket);
    if (rows <= 0) break;
  }
  for (const ticket of chosen) waiting.splice(waiting.indexOf(ticket), 1);
  return chosen;
}

const rowsOf = ({ search }: Ticket) => search.width;

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function removeSettled(waiting: Ticket[]): void {
  for (let i = waiting.length - 1; i >= 0; i -= 1) if (waiting[i]?.settled) waiting.splice(i, 1);
}
