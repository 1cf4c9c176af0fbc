import type { BatchState } from "../kv-cache/batch-state.js";
import type { Move } from "../kv-cache/self-cache.js";
import type { NextTokens } from "../search/search.js";
import type { ControlTokens } from "../search/settings.js";
import type { Network } from "../sessions/open-network.js";
import { type GenerationRequest, generationFailed } from "./generation-request.js";

export interface Member {
  readonly request: GenerationRequest;
  /** Its position among the texts of the batch. */
  position: number;
  next: NextTokens;
}

/** Requests that are generated together: with the same number of sequences each, and of tokens so far. */
export interface RunningBatch {
  members: Member[];
  readonly state: BatchState;
}

/**
 * Runs the encoder pass of requests with the same number of sequences, and makes a batch of them.
 *
 * @param findMore called when all requests are prefilled, for others that can still join before the first decode step
 * @returns undefined when no request is left
 */
export async function prefillBatch(
  network: Network,
  requests: readonly GenerationRequest[],
  tokens: ControlTokens,
  findMore: (members: readonly Member[]) => Promise<readonly GenerationRequest[]> | readonly GenerationRequest[],
): Promise<RunningBatch | undefined> {
  const members: Member[] = [];
  const state = network.createBatch(requests[0]?.search.width ?? 1);
  const queue: GenerationRequest[] = [];
  const enqueue = (more: readonly GenerationRequest[]) => {
    queue.push(...more);
    state.reserve(more.length, Math.max(0, ...more.map(({ ids }) => ids.length)));
  };
  enqueue(requests);
  while (true) {
    if (queue.length === 0) enqueue(await findMore(members));
    const request = queue.shift();
    if (request === undefined) break;
    if (request.isSettled) continue;
    try {
      await network.prefill(state, request.ids);
      const beams = Array.from({ length: state.width }, (_, beam) => beam);
      const next = { tokens: beams.map(() => tokens.start), parents: beams };
      members.push({ request, position: members.length, next });
    } catch (cause) {
      request.settle({ error: generationFailed(cause) });
    }
  }
  if (members.length === 0) {
    state.release();
    return undefined;
  }
  state.expectSteps(Math.max(...members.map(({ request }) => request.search.maxLength)));
  return { members, state };
}

/** Generates one token for every request of a batch, and removes requests that are finished or cancelled. */
export async function decodeStep(network: Network, batch: RunningBatch): Promise<void> {
  removeSettled(batch);
  const [first] = batch.members;
  if (first === undefined) return;
  const { state } = batch;
  const { width } = state;
  const tokens = new Array<number>(state.texts * width);
  for (const { position, next } of batch.members) {
    for (const [beam, token] of next.tokens.entries()) tokens[position * width + beam] = token;
  }
  try {
    const scores = await network.decodeStep(state, tokens, first.request.search.scores);
    const moves: Move[] = [];
    for (const member of batch.members) {
      const { request, position } = member;
      if (request.isSettled) continue;
      const start = position * width;
      const next = advance(request, scores.slice(start, start + width));
      if (next === undefined) continue;
      member.next = next;
      for (const [beam, parent] of next.parents.entries()) {
        if (parent !== beam) moves.push({ to: start + beam, from: start + parent });
      }
    }
    if (moves.length > 0) state.reorder(moves);
  } catch (cause) {
    for (const { request } of batch.members) request.settle({ error: generationFailed(cause) });
  }
  removeSettled(batch);
}

function advance(request: GenerationRequest, scores: Float32Array[]): NextTokens | undefined {
  const next = request.search.advance(scores);
  request.onToken?.(request.search.best());
  if (next === undefined) request.settle({ ids: request.search.best() });
  return next;
}

/** The last text of the batch moves to the position of each removed one. */
function removeSettled(batch: RunningBatch): void {
  for (const member of batch.members.filter(({ request }) => request.isSettled)) {
    batch.members = batch.members.filter((other) => other !== member);
    const last = batch.state.texts - 1;
    batch.state.removeText(member.position);
    for (const other of batch.members) if (other.position === last) other.position = member.position;
  }
}
