import { isolationScopes, type ModelName, modelNames, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Entry, IsolationGate } from "./isolation-gate.js";

const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
const job = (model: ModelName = "bart") => ({ model, signal: new AbortController().signal });
const suspect = (isolation: Entry["isolation"] = "process", model: ModelName = "bart") => ({
  ...job(model),
  isolation,
});

/** A gate with a log of the order in which entries were admitted. */
function createWorld() {
  const gate = new IsolationGate();
  const log: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string, entry: Entry) => {
    gate.enter(entry).then(
      (release) => {
        log.push(name);
        leave.set(name, release);
      },
      (error) => log.push(`${name} ${error instanceof Requeue ? "requeued" : (error as PrecisError).code}`),
    );
  };
  return { gate, log, enter, leave: (name: string) => leave.get(name)?.() };
}

it("a suspect waits for the jobs before it, runs alone, and the jobs that arrived meanwhile go before the next suspect", async () => {
  const { log, enter, leave } = createWorld();
  enter("a", job());
  enter("b", job());
  enter("suspect 1", suspect());
  enter("suspect 2", suspect());
  enter("c", job());
  enter("d", job());
  // Another model is not affected.
  enter("t5", job("t5"));
  await flush();
  expect(log).toEqual(["a", "b", "t5"]);
  leave("a");
  leave("b");
  await flush();
  expect(log.splice(0)).toEqual(["a", "b", "t5", "suspect 1"]);
  leave("suspect 1");
  enter("e", job());
  await flush();
  expect(log.splice(0)).toEqual(["c", "d"]);
  leave("c");
  leave("d");
  await flush();
  expect(log.splice(0)).toEqual(["suspect 2"]);
  leave("suspect 2");
  await flush();
  expect(log).toEqual(["e"]);
});

it("a suspect of the whole worker waits for both models and blocks both", async () => {
  const { log, enter, leave } = createWorld();
  enter("t5", job("t5"));
  enter("suspect", suspect("worker"));
  enter("other suspect", suspect("process", "t5"));
  await flush();
  expect(log).toEqual(["t5"]);
  leave("t5");
  await flush();
  expect(log).toEqual(["t5", "suspect"]);
  leave("suspect");
  await flush();
  expect(log).toEqual(["t5", "suspect", "other suspect"]);
});

it("a waiting job can be cancelled, and is requeued when the gate is closed", async () => {
  const { gate, log, enter } = createWorld();
  const abort = new AbortController();
  enter("running", job());
  enter("suspect", { ...suspect(), signal: abort.signal });
  enter("job", job());
  abort.abort();
  await flush();
  // Nothing blocks the job any more.
  expect(log).toEqual(["running", "suspect cancelled", "job"]);
  enter("late suspect", suspect());
  gate.close();
  enter("too late", job());
  await flush();
  expect(log.slice(3)).toEqual(["late suspect requeued", "too late requeued"]);
});

const entries = fc.array(
  fc.record({
    model: fc.constantFrom(...modelNames),
    isolation: fc.option(fc.constantFrom(...isolationScopes), { nil: undefined, freq: 2 }),
    /** What happens after it has arrived: others leave, or it is cancelled. */
    leaving: fc.nat(3),
    isCancelled: fc.boolean(),
  }),
  { maxLength: 30 },
);

it("over any interleaving: suspects run alone, and no job waits forever", async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (all) => {
      const gate = new IsolationGate();
      const inside: { entry: Entry; leave(): void }[] = [];
      let open = 0;
      const check = () => {
        for (const { entry } of inside) {
          const others = inside.filter((other) => other.entry !== entry);
          if (entry.isolation === "worker") expect(others).toEqual([]);
          if (entry.isolation === "process")
            expect(others.filter((other) => other.entry.model === entry.model)).toEqual([]);
        }
      };
      for (const { model, isolation, leaving, isCancelled } of all) {
        const abort = new AbortController();
        const entry = { model, isolation, signal: abort.signal };
        open += 1;
        gate
          .enter(entry)
          .then((leave) => inside.push({ entry, leave }))
          .catch((error) => expect(error).toBeInstanceOf(PrecisError))
          .finally(() => {
            open -= 1;
          });
        await flush();
        check();
        for (const { leave } of inside.splice(0, leaving)) leave();
        if (isCancelled) abort.abort();
        await flush();
        check();
      }
      for (let round = 0; round < 100 && open > 0; round += 1) {
        for (const { leave } of inside.splice(0)) leave();
        await flush();
        check();
      }
      expect(open).toBe(0);
    }),
    { numRuns: 500 },
  );
});
