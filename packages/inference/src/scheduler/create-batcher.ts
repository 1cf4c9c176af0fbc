import { setImmediate as nextTurn } from "node:timers/promises";
import { PrecisError } from "@precis/contracts";
import type { GenerationSettings } from "@precis/models";
import { createSearch } from "../search/search.js";
import type { ControlTokens } from "../search/settings.js";
import type { Network } from "../sessions/open-network.js";
import { chooseNext } from "./choose-next.js";
import { cancelled, generationFailed, type Ticket } from "./generation-request.js";
import { type Cohort, type Member, startCohort, stepCohort } from "./running-batch.js";

export interface BatcherOptions {
  /** Most rows (texts, or beams of texts) that are generated together. */
  maxRows: number;
  /** Most tokens whose caches are held: of texts, and of summaries twice; a single text may need more. */
  maxTokens: number;
  /** How long texts wait for company while others are on their way, in ms. A text that is alone starts at once. */
  gatherMs: number;
  tokens: ControlTokens;
  /** Told how many texts are generated together whenever some have joined. */
  onBatch?: ((texts: number) => void) | undefined;
  /** Told when nothing waits or runs any more. */
  onIdle?: (() => void) | undefined;
}

export interface GenerateHooks {
  signal?: AbortSignal | undefined;
  /** Called at every token with the best sequence so far. */
  onToken?: ((ids: readonly number[]) => void) | undefined;
}

export interface Batcher {
  /** Generates from one text's ids; many calls at a time share batches. Resolves with the ids, special tokens included. */
  generate(ids: readonly number[], settings: GenerationSettings, hooks?: GenerateHooks): Promise<readonly number[]>;
  /** Refuses and cancels everything; resolves once nothing runs any more. */
  close(): Promise<void>;
  /** Whether texts wait or run. */
  readonly busy: boolean;
}

/**
 * Continuous batching: texts that wait are taken into cohorts, which run side by side token by token. A cohort's rows
 * all have the same number of steps behind them (a merged decoder takes positions from the cache's length), so newcomers
 * form a cohort of their own instead of joining one. A text that has ended leaves at once and makes room.
 */
export function createBatcher(network: Network, options: BatcherOptions): Batcher {
  const limits = { ...options, sharesTokens: network.sharesCross };
  const waiting: Ticket[] = [];
  /** Every text that has not been answered yet, wherever it is on its way. */
  const open = new Set<Ticket>();
  let cohorts: Cohort[] = [];
  let closed = false;
  let running: Promise<void> | undefined;
  let arrived: (() => void) | undefined;
  const nextArrival = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      arrived = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Texts that can still begin with those that have been encoded: the few would else be generated beside the many all along. */
  const joining = async (members: readonly Member[]) => {
    // The encoder has held the event loop: what came meanwhile is read now.
    await nextTurn();
    const choose = () => chooseNext(waiting, [{ members }], { ...limits, joining: true }, performance.now());
    const next = choose();
    const rows = members.reduce((sum, { ticket }) => sum + ticket.search.width, 0);
    if (next.length > 0 || waiting.length > 0 || members.length < 2 || rows >= limits.maxRows) return next;
    // Where several come at a time more are likely on their way, held up by the encoder that took all cores.
    await nextArrival(limits.gatherMs);
    return choose();
  };

  const run = async () => {
    // Texts that come in the same turn of the event loop start together.
    await nextTurn();
    try {
      while (waiting.length > 0 || cohorts.length > 0) {
        const next = chooseNext(waiting, cohorts, limits, performance.now());
        if (next.length > 0) {
          // Others that wait for their next token must not wait for more and more texts to be encoded.
          const alone = cohorts.length === 0;
          const cohort = await startCohort(network, next, options.tokens, (members) => (alone ? joining(members) : []));
          if (cohort !== undefined) {
            cohorts.push(cohort);
            options.onBatch?.(cohorts.reduce((sum, { members }) => sum + members.length, 0));
          }
        }
        for (const cohort of cohorts) {
          await stepCohort(network, cohort);
          if (cohort.members.length === 0) cohort.batch.release();
        }
        cohorts = cohorts.filter(({ members }) => members.length > 0);
      }
    } catch (cause) {
      cohorts = [];
      waiting.length = 0;
      for (const ticket of open) ticket.settle({ error: generationFailed(cause) });
    } finally {
      // In the same turn as the loop's last look: a text that comes after it must start a new run.
      running = undefined;
      options.onIdle?.();
    }
  };

  return {
    generate: (ids, settings, { signal, onToken } = {}) =>
      new Promise((resolve, reject) => {
        if (closed || signal?.aborted) {
          reject(cancelled());
          return;
        }
        const ticket: Ticket = {
          ids,
          search: createSearch(settings, options.tokens),
          since: performance.now(),
          settled: false,
          onToken,
          settle: (outcome) => {
            if (ticket.settled) return;
            ticket.settled = true;
            open.delete(ticket);
            signal?.removeEventListener("abort", abort);
            if ("ids" in outcome) resolve(outcome.ids);
            else reject(outcome.error);
          },
        };
        // Answered at once; its rows leave their batch before the next token.
        const abort = () => ticket.settle({ error: cancelled() });
        signal?.addEventListener("abort", abort, { once: true });
        open.add(ticket);
        waiting.push(ticket);
        arrived?.();
        running ??= run();
      }),
    get busy() {
      return running !== undefined;
    },
    close: async () => {
      closed = true;
      const error = new PrecisError("cancelled", "the model was unloaded", { retriable: true });
      for (const ticket of open) ticket.settle({ error });
      await running;
    },
  };
}
