import { expect, it } from "vitest";
import { createSearch } from "../search/create-search.js";
import { neutralSettings } from "../search/settings.js";
import { type BatchLimits, chooseJoining, chooseNext } from "./choose-next.js";
import type { GenerationRequest } from "./generation-request.js";

const limits: BatchLimits = { maxSequences: 8, maxBatchTokens: 1_000, maxQueueDelayMs: 4, sharesCross: true };

function requests(count: number, submittedAt = 0, num_beams = 1, tokens = 10): GenerationRequest[] {
  return Array.from({ length: count }, () => ({
    ids: new Array<number>(tokens).fill(5),
    search: createSearch({ ...neutralSettings, max_length: 20, num_beams }, { start: 0, end: [1] }),
    submittedAt,
    isSettled: false,
    onToken: undefined,
    settle: () => {},
  }));
}

const batchOf = (members: GenerationRequest[]) => ({ members: members.map((request) => ({ request })) });

/** The size of the next batch while `waiting` requests submitted at 0 wait and `running` are decoding. */
function nextSize(waiting: number, running: number, now = 10): number {
  const batches = running === 0 ? [] : [batchOf(requests(running))];
  return chooseNext(requests(waiting), batches, limits, now).length;
}

it("starts as many as there is room for when nothing runs", () => {
  expect([nextSize(1, 0), nextSize(8, 0), nextSize(20, 0)]).toEqual([1, 8, 8]);
});

it("waits until there are three times the sequences that are still decoding", () => {
  expect([nextSize(1, 1), nextSize(2, 1), nextSize(3, 1), nextSize(20, 3)]).toEqual([0, 0, 3, 0]);
  expect([nextSize(20, 2), nextSize(5, 2)]).toEqual([6, 0]);
});

it("starts a request that has waited for a second as soon as three quarters of the sequences are free", () => {
  expect([nextSize(1, 2, 1_000), nextSize(1, 3, 1_000)]).toEqual([1, 0]);
});

it("waits for others for the queue delay where there is room for more", () => {
  const start = (now: number) => chooseNext(requests(4), [batchOf(requests(1))], limits, now).length;
  expect([start(3), start(4)]).toEqual([0, 4]);
});

it("combines requests with the same number of sequences, the oldest first", () => {
  const [greedy, beams] = [requests(3, 5), requests(2, 0, 4)];
  const waiting = [...beams, ...greedy];
  expect(chooseNext(waiting, [], limits, 10)).toEqual(beams);
  expect(waiting).toEqual(greedy);
});

it("lets only requests with the same number of sequences join a batch, without waiting for others", () => {
  const [greedy, beams] = [requests(3, 5), requests(1, 0, 4)];
  expect(chooseJoining([...greedy], batchOf(beams), limits)).toEqual([]);
  expect(chooseJoining([...greedy], batchOf(requests(6)), limits)).toHaveLength(2);
});

it("counts the tokens of a text once if its sequences share them", () => {
  const count = (sharesCross: boolean) =>
    chooseNext(requests(4, 0, 2, 100), [], { ...limits, maxBatchTokens: 560, sharesCross }, 10).length;
  // Each takes 100 tokens of text, or 200, and twice 20 for the summaries of both sequences.
  expect([count(true), count(false)]).toEqual([3, 2]);
});

it("counts every text of a batch as long as the longest", () => {
  const long = requests(1, 0, 1, 200);
  const next = (waiting: GenerationRequest[], batches: GenerationRequest[][] = []) =>
    chooseNext(waiting, batches.map(batchOf), limits, 10).length;
  // Each takes 200 tokens and twice 20.
  expect(next([...long, ...requests(7)])).toBe(4);
  expect(next(requests(7, 0, 1, 60), [long])).toBe(7);
  expect(next(requests(7, 0, 1, 80), [long])).toBe(6);
});

it("starts a request that exceeds the limits by itself when nothing else runs", () => {
  expect(chooseNext(requests(2, 0, 1, 5_000), [], limits, 10)).toHaveLength(1);
  expect(chooseNext(requests(1, 0, 1, 5_000), [batchOf(requests(1))], limits, 2_000)).toEqual([]);
});
