import type { GenerationRequest } from "./generation-request.js";

export interface BatchLimits {
  /** The maximum number of sequences that are generated together. */
  maxSequences: number;
  /** The maximum number of tokens whose KV caches are in memory. */
  maxBatchTokens: number;
  /** How long a request waits for others while a batch is running, in milliseconds. */
  maxQueueDelayMs: number;
  /** Whether the sequences of a text share its cross-attention cache, instead of a copy each. */
  sharesCross: boolean;
}

/** A batch as far as its size matters here. */
export interface BatchMembers {
  readonly members: readonly { readonly request: GenerationRequest }[];
}

/** A new batch starts only when it has this many times the sequences that are still decoding (TGI's `waiting_served_ratio`). */
const waitingServedRatio = 3;
/** A request that has waited this long starts as soon as `minFreeRatio` of the sequences are free. */
const maxWaitingMs = 1_000;
/** Without it, overdue requests would form many small batches, and none of them would finish. */
const minFreeRatio = 0.75;

/**
 * Takes the requests that form the next batch out of `waiting`; often there are none.
 *
 * The oldest request is always among them, so none starves. The others have the same number of sequences and a similar
 * length, so that little is padded. While batches are running, requests wait until there are many in comparison: two batches
 * of four take nearly twice the time of one of eight, which would delay every summary, those of running batches included.
 */
export function chooseNext(
  waiting: GenerationRequest[],
  batches: readonly BatchMembers[],
  limits: BatchLimits,
  now: number,
): GenerationRequest[] {
  removeSettled(waiting);
  const [oldest] = waiting;
  if (oldest === undefined) return [];
  const running = batches.map(requestsOf);
  const active = running.flat();
  const runningSequences = sum(active, sequencesOf);
  const freeSequences = limits.maxSequences - runningSequences;
  if (active.length > 0) {
    const wanted = sum(waiting, sequencesOf);
    const waitedMs = now - oldest.submittedAt;
    const isReady =
      waitedMs < maxWaitingMs
        ? Math.min(freeSequences, wanted) >= waitingServedRatio * runningSequences
        : freeSequences >= limits.maxSequences * minFreeRatio;
    if (!isReady) return [];
    if (freeSequences > wanted && waitedMs < limits.maxQueueDelayMs) return [];
  }
  const freeTokens = limits.maxBatchTokens - sum(running, (requests) => tokensOf(requests, limits.sharesCross));
  return takeSimilar(waiting, oldest, limits, { freeSequences, freeTokens, joined: [], isIdle: active.length === 0 });
}

/**
 * Takes requests out of `waiting` that join a batch before its first decode step. They need not wait for others: those are
 * the others.
 */
export function chooseJoining(
  waiting: GenerationRequest[],
  batch: BatchMembers,
  limits: BatchLimits,
): GenerationRequest[] {
  removeSettled(waiting);
  const [oldest] = waiting;
  const joined = requestsOf(batch);
  const [first] = joined;
  if (oldest === undefined || (first !== undefined && sequencesOf(first) !== sequencesOf(oldest))) return [];
  const freeSequences = limits.maxSequences - sum(joined, sequencesOf);
  const room = { freeSequences, freeTokens: limits.maxBatchTokens, joined, isIdle: first === undefined };
  return takeSimilar(waiting, oldest, limits, room);
}

interface Room {
  freeSequences: number;
  /** For the requests in `joined` and the chosen ones together. */
  freeTokens: number;
  joined: readonly GenerationRequest[];
  isIdle: boolean;
}

function takeSimilar(
  waiting: GenerationRequest[],
  oldest: GenerationRequest,
  { sharesCross }: BatchLimits,
  { freeSequences, freeTokens, joined, isIdle }: Room,
): GenerationRequest[] {
  const distance = (request: GenerationRequest) => Math.abs(request.ids.length - oldest.ids.length);
  const similar = waiting
    .slice(1)
    .filter((request) => sequencesOf(request) === sequencesOf(oldest))
    .sort((a, b) => distance(a) - distance(b));
  const chosen: GenerationRequest[] = [];
  let sequences = freeSequences;
  for (const request of [oldest, ...similar]) {
    const tokens = tokensOf([...joined, ...chosen, request], sharesCross);
    const fits = sequencesOf(request) <= sequences && tokens <= freeTokens;
    // A request that exceeds the limits by itself must run too, when nothing else does.
    if (!fits && !(isIdle && chosen.length === 0)) {
      if (chosen.length === 0) return [];
      continue;
    }
    chosen.push(request);
    sequences -= sequencesOf(request);
    if (sequences <= 0) break;
  }
  for (const request of chosen) waiting.splice(waiting.indexOf(request), 1);
  return chosen;
}

/** Every text of a batch takes the room of the longest, and every summary twice the longest: a step copies part of it. */
function tokensOf(requests: readonly GenerationRequest[], sharesCross: boolean): number {
  const text = Math.max(0, ...requests.map(({ ids }) => ids.length));
  const summary = Math.max(0, ...requests.map(({ search }) => search.maxLength));
  return sum(requests, ({ search: { width } }) => (sharesCross ? 1 : width) * text + width * 2 * summary);
}

const requestsOf = ({ members }: BatchMembers) => members.map(({ request }) => request);
const sequencesOf = ({ search }: GenerationRequest) => search.width;

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function removeSettled(waiting: GenerationRequest[]): void {
  for (let i = waiting.length - 1; i >= 0; i -= 1) if (waiting[i]?.isSettled) waiting.splice(i, 1);
}
