import { type JobResult, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ModelProcess, ModelProcessExit, SummarizeTask } from "./model-process.js";
import { createModelSlot } from "./model-runner.js";

const limit = 2;
const result: JobResult = {
  summary: "short",
  model: "bart",
  input_tokens: 9,
  output_tokens: 1,
  truncated: false,
  chunks: 1,
};

interface Settle<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}
const deferred = <Value>() => {
  let settle: Settle<Value> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, ...(settle as Settle<Value>) };
};

interface FakeProcess {
  loaded: boolean;
  ending: boolean;
  dead: boolean;
  /** Its death could be known: a crash cannot before its event has arrived. */
  heard: boolean;
  jobs: { task: SummarizeTask; end: Settle<{ result: JobResult; modelMs: number }> }[];
  ready: Settle<{ loadMs: number }>;
  exit(first: "exited" | "jobs"): void;
}

interface SentJob {
  task: SummarizeTask;
  abort: AbortController;
  settled: number;
  left: number;
  outcome?: "done" | "failed" | "requeued" | "requeued alone" | "cancelled";
}

/** A slot with a process made of promises, which fails the test as soon as the slot breaks a promise of its own. */
function createWorld() {
  const broken: string[] = [];
  const processes: FakeProcess[] = [];
  const preparations: Settle<void>[] = [];
  const jobs: SentJob[] = [];
  const barriers: { kind: string; settled: boolean }[] = [];
  const alive = () => processes.filter(({ dead }) => !dead);

  const start = (): ModelProcess => {
    if (alive().length > 0) broken.push("a second process was started while one was there");
    const ready = deferred<{ loadMs: number }>();
    const exited = deferred<ModelProcessExit>();
    const process: FakeProcess = {
      loaded: false,
      ending: false,
      dead: false,
      heard: false,
      jobs: [],
      ready,
      exit: (first) => {
        process.dead = true;
        const died = () => new PrecisError("model_process_died", "ended", { retriable: true });
        if (first === "exited") exited.resolve({ code: 1, signal: null });
        ready.reject(died());
        for (const { end } of process.jobs.splice(0)) end.reject(died());
        exited.resolve({ code: 1, signal: null });
      },
    };
    void exited.promise.then(() => {
      process.heard = true;
    });
    processes.push(process);
    return {
      pid: processes.length,
      isResponding: true,
      ready: ready.promise,
      exited: exited.promise,
      summarize: (task) => {
        if (process.heard || process.ending) broken.push("a job was sent to a dying process");
        if (!process.loaded) broken.push("a job was sent before the model was loaded");
        const end = deferred<{ result: JobResult; modelMs: number }>();
        if (process.dead) end.reject(new PrecisError("model_process_died", "ended", { retriable: true }));
        else process.jobs.push({ task, end });
        if (process.jobs.length > limit) broken.push("more jobs than the limit were in the process");
        return end.promise;
      },
      end: () => {
        process.ending = true;
      },
    };
  };

  const slot = createModelSlot({
    model: "bart",
    limit,
    prepare: () => {
      const preparation = deferred<void>();
      preparations.push(preparation);
      if (preparations.length > 1) broken.push("two loads were under way");
      return preparation.promise;
    },
    start,
    onChange: () => {},
    onCrash: () => {},
  });

  const sendJob = () => {
    const abort = new AbortController();
    const job: SentJob = {
      abort,
      settled: 0,
      left: 0,
      task: {
        text: "a",
        signal: abort.signal,
        onProgress: () => {},
        onLeave: () => {
          job.left += 1;
          if (
            processes.some(({ dead, ending, jobs }) => !dead && !ending && jobs.some(({ task }) => task === job.task))
          )
            broken.push("a job was said to have left while it was in the process");
        },
      },
    };
    jobs.push(job);
    slot.run(job.task).then(
      () => {
        job.settled += 1;
        job.outcome = "done";
      },
      (error) => {
        job.settled += 1;
        if (error instanceof Requeue) job.outcome = error.isolation === "process" ? "requeued alone" : "requeued";
        else job.outcome = error.code === "cancelled" ? "cancelled" : "failed";
      },
    );
  };
  const barrier = (kind: string, act: () => Promise<unknown>) => {
    const before = alive();
    const entry = { kind, settled: false };
    barriers.push(entry);
    act().then(
      () => {
        entry.settled = true;
        if (kind !== "warm" && before.some(({ dead }) => !dead))
          broken.push(`${kind} was told before the process had gone`);
      },
      () => {
        entry.settled = true;
      },
    );
  };

  const actions: Record<string, () => void> = {
    job: sendJob,
    "cancel a job": () => jobs.findLast(({ settled }) => settled === 0)?.abort.abort(),
    warm: () => barrier("warm", () => slot.warm()),
    drain: () => barrier("drain", () => slot.unload("drain")),
    now: () => barrier("now", () => slot.unload("now")),
    "stop gently": () => barrier("stop", () => slot.stop(60_000)),
    "stop at once": () => barrier("stop", () => slot.stop(0)),
    "there is room": () => preparations.shift()?.resolve(),
    "there is no room": () => preparations.shift()?.reject(new Requeue("no room")),
    "room cannot be told": () => preparations.shift()?.reject(new Error("reading failed")),
    loaded: () => {
      const [process] = alive();
      if (process === undefined) return;
      process.loaded = true;
      process.ready.resolve({ loadMs: 1 });
    },
    "load fails": () => alive()[0]?.ready.reject(new PrecisError("model_corrupt", "bad file")),
    "a job ends": () => {
      alive()[0]?.jobs.shift()?.end.resolve({ result, modelMs: 1 });
    },
    "a job fails": () => alive()[0]?.jobs.shift()?.end.reject(new PrecisError("generation_failed", "bad")),
    "the process goes when told": () => {
      const [process] = alive();
      if (process?.ending) process.exit("exited");
    },
    "the process crashes": () => alive()[0]?.exit("exited"),
    "the process crashes, its jobs hear first": () => alive()[0]?.exit("jobs"),
  };
  return { actions, broken, processes, jobs, barriers, slot, alive };
}

const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
const names = Object.keys(createWorld().actions);
/** Stopping ends everything, so it comes seldom; life's ordinary course comes often. */
const weights: Record<string, number> = { "stop gently": 1, "stop at once": 1, job: 10, loaded: 8, "there is room": 8 };
const action = fc.oneof(...names.map((name) => ({ weight: weights[name] ?? 4, arbitrary: fc.constant(name) })));
const steps = fc.array(fc.record({ name: action, pause: fc.boolean() }), { minLength: 1, maxLength: 40 });

/** A loaded model with so many jobs in its process. */
async function startJobs(count: number) {
  const world = createWorld();
  const act = (name: string) => (world.actions[name] as () => void)();
  for (let n = 0; n < count; n += 1) act("job");
  act("there is room");
  await flush();
  act("loaded");
  await flush();
  expect(world.slot.inFlight).toBe(count);
  return { ...world, act };
}

it("a job that was alone in a process that died has failed; several are each to be tried alone", async () => {
  const alone = await startJobs(1);
  alone.act("the process crashes");
  await flush();
  expect(alone.jobs.map(({ outcome }) => outcome)).toEqual(["failed"]);
  expect(alone.slot.counters.failed).toBe(1);
  const together = await startJobs(2);
  together.act("the process crashes");
  await flush();
  expect(together.jobs.map(({ outcome }) => outcome)).toEqual(["requeued alone", "requeued alone"]);
  expect(together.slot.counters.failed).toBe(0);
});

it("a run that fails in company is no attempt of any of its jobs", async () => {
  const together = await startJobs(2);
  together.act("a job fails");
  together.act("a job fails");
  await flush();
  expect(together.jobs.map(({ outcome }) => outcome)).toEqual(["requeued alone", "requeued alone"]);
  const alone = await startJobs(1);
  alone.act("a job fails");
  await flush();
  expect(alone.jobs.map(({ outcome }) => outcome)).toEqual(["failed"]);
});

it("a cancelled job ends at once although its process says nothing, and counts as company until it has left", async () => {
  const { act, jobs, slot } = await startJobs(2);
  act("cancel a job");
  await flush();
  expect(jobs.map(({ outcome, left }) => `${outcome} ${left}`)).toEqual(["undefined 0", "cancelled 0"]);
  expect(slot.inFlight).toBe(2);
  act("the process crashes");
  await flush();
  expect(jobs.map(({ outcome, left }) => `${outcome} ${left}`)).toEqual(["requeued alone 1", "cancelled 1"]);
});

it("a job whose model process dies while it loads is no suspect", async () => {
  const { actions, jobs } = createWorld();
  for (const name of ["job", "job", "there is room"]) actions[name]?.();
  await flush();
  actions["the process crashes"]?.();
  await flush();
  expect(jobs.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
});

it("over any interleaving: one process at most, no job sent to a dying one, no job lost, no unload told too early", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const { actions, broken, jobs, barriers, slot, alive } = createWorld();
      const stops = sequence.some(({ name }) => name.startsWith("stop"));
      const act = (name: string) => (actions[name] as () => void)();
      for (const { name, pause } of sequence) {
        act(name);
        if (pause) await flush();
      }
      // From here on the world behaves: whatever is still open must come to its end.
      const settle = async () => {
        for (let round = 0; round < 200; round += 1) {
          await flush();
          const open =
            jobs.some(({ settled, left }) => settled * left === 0) || barriers.some(({ settled }) => !settled);
          if (!open && round > 2) return;
          for (const name of ["there is room", "loaded", "a job ends", "the process goes when told"]) act(name);
        }
      };
      await settle();
      expect(broken).toEqual([]);
      expect(jobs.filter(({ settled, left }) => settled !== 1 || left !== 1)).toEqual([]);
      expect(barriers.filter(({ settled }) => !settled)).toEqual([]);
      expect(slot.inFlight + slot.waiting).toBe(0);
      if (stops) {
        expect(alive()).toEqual([]);
        expect(slot.phase).toBe("absent");
      }
      // And it still works, or, once stopped, still refuses: it is not stuck.
      act("job");
      await settle();
      expect(jobs.at(-1)?.outcome).toBe(stops ? "requeued" : "done");
      expect(broken).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
