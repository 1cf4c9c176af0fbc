import { type IsolationScope, type ModelName, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";

/** The model that a job needs, and what it must not share with other jobs. */
export interface Entry {
  model: ModelName;
  /** Absent when the job may run beside any others. */
  isolation?: IsolationScope | undefined;
  signal: AbortSignal;
}

interface Waiting extends Entry {
  admit(): void;
  reject(error: Error): void;
}

const isSuspect = ({ isolation }: Entry) => isolation !== undefined;

/** Whether the two must not run at the same time. */
function conflicts(one: Entry, other: Entry): boolean {
  if (one.isolation === "worker" || other.isolation === "worker") return true;
  return (isSuspect(one) || isSuspect(other)) && one.model === other.model;
}

/**
 * Admits jobs to their models. A suspect runs alone: in its model process, or in the whole worker.
 *
 * It is a phase-fair reader-writer lock, with jobs as readers and suspects as writers. A waiting suspect blocks the jobs that come
 * after it; once it has run, all waiting jobs go before the next suspect. So neither can starve the other.
 */
export class IsolationGate {
  readonly #running = new Set<Entry>();
  #waiting: Waiting[] = [];
  #isClosed = false;

  /**
   * Resolves once the job may run, with a function to be called when it has left its model process.
   *
   * @throws {PrecisError} `cancelled`
   * @throws {Requeue} once the gate is closed
   */
  enter({ model, isolation, signal }: Entry): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const cancelled = () => new PrecisError("cancelled", "the job was cancelled before it started");
      if (signal.aborted) return reject(cancelled());
      if (this.#isClosed) return reject(new Requeue());
      const withdraw = () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        reject(cancelled());
        // Others may have been waiting for this one only.
        this.#admitNext();
      };
      const entry: Waiting = {
        ...{ model, isolation, signal, reject },
        admit: () => {
          signal.removeEventListener("abort", withdraw);
          resolve(() => this.#leave(entry));
        },
      };
      signal.addEventListener("abort", withdraw, { once: true });
      this.#waiting.push(entry);
      this.#admitNext();
    });
  }

  /** Requeues all waiting jobs, and every job that comes later. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Requeue());
  }

  #leave(entry: Entry): void {
    if (!this.#running.delete(entry)) return;
    // After a suspect it is the jobs' turn.
    if (isSuspect(entry)) this.#admitIf((other) => !isSuspect(other));
    this.#admitNext();
  }

  #admitNext(): void {
    this.#admitIf((entry) =>
      this.#suspectsBefore(entry).every((suspect) => suspect === entry || !conflicts(entry, suspect)),
    );
  }

  #admitIf(mayEnter: (entry: Waiting) => boolean): void {
    for (const entry of [...this.#waiting]) {
      if (!mayEnter(entry) || !this.#isFree(entry)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#running.add(entry);
      entry.admit();
    }
  }

  #isFree(entry: Entry): boolean {
    return [...this.#running].every((other) => !conflicts(entry, other));
  }

  /** Suspects that go first: all of them for a job, the earlier ones for a suspect. */
  #suspectsBefore(entry: Waiting): Waiting[] {
    const before = isSuspect(entry) ? this.#waiting.slice(0, this.#waiting.indexOf(entry)) : this.#waiting;
    return before.filter(isSuspect);
  }
}
