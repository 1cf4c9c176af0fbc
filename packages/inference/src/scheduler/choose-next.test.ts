import { expect, it } from "vitest";
import { createSearch } from "../search/search.js";
import { neutralSettings } from "../search/settings.js";
import { chooseNext, type Limits } from "./choose-next.js";
import type { Ticket } from "./generation-request.js";

const limits: Limits = { maxRows: 8, maxTokens: 1_000, gatherMs: 4, sharesTokens: true };

function wait(count: number, since = 0, num_beams = 1, tokens = 10): Ticket[] {
  return Array.from({ length: count }, () => ({
    ids: new Array<number>(tokens).fill(5),
    search: createSearch({ ...neutralSettings, max_length: 20, num_beams }, { start: 0, end: [1] }),
    since,
    settled: false,
    onToken: undefined,
    settle: () => {},
  }));
}

/** How many start at a time, of so many that wait since 0 while so many run. */
function starting(waiting: number, running: number, now = 10): number {
  const cohorts = running === 0 ? [] : [{ members: wait(running).map((ticket) => ({ ticket })) }];
  return chooseNext(wait(waiting), cohorts, limits, now).length;
}

it("starts all there is room for when nothing runs", () => {
  expect([starting(1, 0), starting(8, 0), starting(20, 0)]).toEqual([1, 8, 8]);
});

it("lets newcomers gather until they are three times what is left of those before them", () => {
  expect([starting(1, 1), starting(2, 1), starting(3, 1), starting(20, 3)]).toEqual([0, 0, 3, 0]);
  expect([starting(20, 2), starting(5, 2)]).toEqual([6, 0]);
});

it("lets one that has waited for a second start as soon as three quarters of the rows are free", () => {
  expect([starting(1, 2, 1_000), starting(1, 3, 1_000)]).toEqual([1, 0]);
});

it("puts together what takes equally many rows, the oldest first", () => {
  const [greedy, beams] = [wait(3, 5), wait(2, 0, 4)];
  const waiting = [...beams, ...greedy];
  expect(chooseNext(waiting, [], limits, 10)).toEqual(beams);
  expect(waiting).toEqual(greedy);
  // A cohort that has not begun takes in its like only.
  const begun = [{ members: [{ ticket: beams[0] as Ticket }] }];
  expect(chooseNext(waiting, begun, { ...limits, joining: true }, 10)).toEqual([]);
});

it("counts a text's tokens once where its rows share them", () => {
  const count = (sharesTokens: boolean) =>
    chooseNext(wait(4, 0, 2, 100), [], { ...limits, maxTokens: 560, sharesTokens }, 10).length;
  // Of each 100 tokens of the text, or 200, and twice 20 of both rows' summaries.
  expect([count(true), count(false)]).toEqual([3, 2]);
});

it("reckons every text of a cohort as long as its longest", () => {
  const long = wait(1, 0, 1, 200);
  const next = (waiting: Ticket[], cohorts: Ticket[][] = []) =>
    chooseNext(
      waiting,
      cohorts.map((tickets) => ({ members: tickets.map((ticket) => ({ ticket })) })),
      limits,
      10,
    ).length;
  // Each takes 200 and twice 20.
  expect(next([...long, ...wait(7)])).toBe(4);
  expect(next(wait(7, 0, 1, 60), [long])).toBe(7);
  expect(next(wait(7, 0, 1, 80), [long])).toBe(6);
});
