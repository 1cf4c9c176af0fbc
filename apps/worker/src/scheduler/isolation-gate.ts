import { type IsolationScope, type ModelName, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";

/** What a job wants to run in, and what it must not share with others there. */
export interface Entry {
  model: ModelName;
  /** Absent when the job may run beside any others. */
  isolation?: IsolationScope | undefined;
  signal: AbortSignal;
}

/**
 * Lets jobs to their models. A suspect runs alone: in its model process, or in the whole worker.
 *
 * It is a phase-fair reader-writer lock, with jobs as readers and suspects as writers. A suspect that waits holds up the
 * jobs that come after it, and once it has run, all jobs that wait go before the next suspect. So a job waits for at most
 * one suspect of each kind, a suspect for those before it and the jobs between them; neither can starve the other.
 */
export interface IsolationGate {
  /**
   * Resolves once the job may run, with the function to be called when it has left its model process.
   *
   * @throws {PrecisError} `cancelled`
   * @throws {Requeue} once the gate is closed
   */
  enter(entry: Entry): Promise<() => void>;
  /** Sends all that wait back into the queue, and whoever comes later. */
  close(): void;
}

interface Waiting extends Entry {
  admit(): void;
  reject(error: Error): void;
}

export function createIsolationGate(): IsolationGate {
  let waiting: Waiting[] = [];
  const running = new Set<Entry>();
  let isClosed = false;

  const isSuspect = ({ isolation }: Entry) => isolation !== undefined;
  /** Whether the two must not run at the same time. */
  const conflicts = (one: Entry, other: Entry) => {
    if (one.isolation === "worker" || other.isolation === "worker") return true;
    return (isSuspect(one) || isSuspect(other)) && one.model === other.model;
  };
  const isFree = (entry: Entry) => [...running].every((other) => !conflicts(entry, other));
  /** Suspects that are before it: all for a job, the earlier ones for a suspect. */
  const suspectsBefore = (entry: Waiting) => {
    const before = isSuspect(entry) ? waiting.slice(0, waiting.indexOf(entry)) : waiting;
    return before.filter(isSuspect);
  };
  const admitWhere = (mayEnter: (entry: Waiting) => boolean) => {
    for (const entry of [...waiting]) {
      if (!mayEnter(entry) || !isFree(entry)) continue;
      waiting = waiting.filter((other) => other !== entry);
      running.add(entry);
      entry.admit();
    }
  };
  const admitNext = () =>
    admitWhere((entry) => suspectsBefore(entry).every((suspect) => suspect === entry || !conflicts(entry, suspect)));

  const leave = (entry: Entry) => {
    if (!running.delete(entry)) return;
    // It is the jobs' turn now.
    if (isSuspect(entry)) admitWhere((other) => !isSuspect(other));
    admitNext();
  };

  return {
    enter: ({ model, isolation, signal }) =>
      new Promise((resolve, reject) => {
        const cancelled = () => new PrecisError("cancelled", "the job was cancelled before it started");
        if (signal.aborted) return reject(cancelled());
        if (isClosed) return reject(new Requeue());
        const withdraw = () => {
          waiting = waiting.filter((other) => other !== entry);
          reject(cancelled());
          // Others may have been waiting for this one only.
          admitNext();
        };
        const entry: Waiting = {
          ...{ model, isolation, signal, reject },
          admit: () => {
            signal.removeEventListener("abort", withdraw);
            resolve(() => leave(entry));
          },
        };
        signal.addEventListener("abort", withdraw, { once: true });
        waiting.push(entry);
        admitNext();
      }),
    close: () => {
      isClosed = true;
      for (const { reject } of waiting.splice(0)) reject(new Requeue());
    },
  };
}
