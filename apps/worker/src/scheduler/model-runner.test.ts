import { type JobResult, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ModelProcess, ModelProcessExit, SummarizeTask } from "./model-process.js";
import { ModelRunner } from "./model-runner.js";

const limit = 2;
const counts = { input_tokens: 9, output_tokens: 1, truncated: false, chunks: 1 } as const;
const result: JobResult = { summary: "short", model: "bart", ...counts };

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
  /** Its exit event has arrived, so its death is known. */
  isDeathKnown: boolean;
  jobs: { task: SummarizeTask; end: Settle<JobResult> }[];
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

/** A runner with a process made of promises; `broken` lists the invariants that the runner has violated. */
function createWorld() {
  const broken: string[] = [];
  const processes: FakeProcess[] = [];
  const preparations: Settle<void>[] = [];
  const jobs: SentJob[] = [];
  const barriers: { kind: string; settled: boolean }[] = [];
  const alive = () => processes.filter(({ dead }) => !dead);

  const startProcess = (): ModelProcess => {
    if (alive().length > 0) broken.push("a second process was started while one existed");
    const ready = deferred<{ loadMs: number }>();
    const exited = deferred<ModelProcessExit>();
    const process: FakeProcess = {
      loaded: false,
      ending: false,
      dead: false,
      isDeathKnown: false,
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
      process.isDeathKnown = true;
    });
    processes.push(process);
    return {
      pid: processes.length,
      isResponding: true,
      ready: ready.promise,
      exited: exited.promise,
      summarize: (task) => {
        if (process.isDeathKnown || process.ending) broken.push("a job was sent to a dying process");
        if (!process.loaded) broken.push("a job was sent before the model was loaded");
        const end = deferred<JobResult>();
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

  const runner = new ModelRunner({
    model: "bart",
    limit,
    reserveMemory: () => {
      const preparation = deferred<void>();
      preparations.push(preparation);
      if (preparations.length > 1) broken.push("two loads were in progress");
      return preparation.promise;
    },
    startProcess,
    onState: () => {},
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
          const isInside = alive().some(({ ending, jobs }) => !ending && jobs.some(({ task }) => task === job.task));
          if (isInside) broken.push("a job was reported to have left while it was in the process");
        },
      },
    };
    jobs.push(job);
    runner.run(job.task).then(
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
        if (kind !== "load" && before.some(({ dead }) => !dead))
          broken.push(`${kind} was acknowledged before the process had exited`);
      },
      () => {
        entry.settled = true;
      },
    );
  };

  const actions: Record<string, () => void> = {
    job: sendJob,
    "cancel a job": () => jobs.findLast(({ settled }) => settled === 0)?.abort.abort(),
    load: () => barrier("load", () => runner.load()),
    "unload gracefully": () => barrier("graceful unload", () => runner.unload("graceful")),
    "unload immediately": () => barrier("immediate unload", () => runner.unload("immediate")),
    "stop gracefully": () => barrier("stop", () => runner.stop(60_000)),
    "stop immediately": () => barrier("stop", () => runner.stop(0)),
    "memory is reserved": () => preparations.shift()?.resolve(),
    "memory is refused": () => preparations.shift()?.reject(new Requeue("memory is short")),
    "memory cannot be read": () => preparations.shift()?.reject(new Error("reading failed")),
    loaded: () => {
      const [process] = alive();
      if (process === undefined) return;
      process.loaded = true;
      process.ready.resolve({ loadMs: 1 });
    },
    "load fails": () => alive()[0]?.ready.reject(new PrecisError("model_corrupt", "bad file")),
    "a job ends": () => alive()[0]?.jobs.shift()?.end.resolve(result),
    "a job fails": () => alive()[0]?.jobs.shift()?.end.reject(new PrecisError("generation_failed", "bad")),
    "the process exits when asked to": () => {
      const [process] = alive();
      if (process?.ending) process.exit("exited");
    },
    "the process crashes": () => alive()[0]?.exit("exited"),
    "the process crashes, its jobs learn of it first": () => alive()[0]?.exit("jobs"),
  };
  return { actions, broken, processes, jobs, barriers, runner, alive };
}

const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
const names = Object.keys(createWorld().actions);
/** Stopping ends everything, so it is rare; the usual events are frequent. */
const weights: Record<string, number> = { stop: 1, job: 10, loaded: 8, "memory is reserved": 8 };
const action = fc.oneof(
  ...names.map((name) => ({
    weight: weights[name.startsWith("stop") ? "stop" : name] ?? 4,
    arbitrary: fc.constant(name),
  })),
);
const steps = fc.array(fc.record({ name: action, pause: fc.boolean() }), { minLength: 1, maxLength: 40 });

/** A loaded model with `count` jobs in its process. */
async function startJobs(count: number) {
  const world = createWorld();
  const act = (name: string) => world.actions[name]?.();
  for (let n = 0; n < count; n += 1) act("job");
  act("memory is reserved");
  await flush();
  act("loaded");
  await flush();
  expect(world.runner.inFlight).toBe(count);
  return { ...world, act };
}

it("a job that was alone in a process that died has failed; of several, each is tried alone", async () => {
  const alone = await startJobs(1);
  alone.act("the process crashes");
  await flush();
  expect(alone.jobs.map(({ outcome }) => outcome)).toEqual(["failed"]);
  expect(alone.runner.counters.failed).toBe(1);
  const together = await startJobs(2);
  together.act("the process crashes");
  await flush();
  expect(together.jobs.map(({ outcome }) => outcome)).toEqual(["requeued alone", "requeued alone"]);
  expect(together.runner.counters.failed).toBe(0);
});

it("a failed run of several jobs counts no attempt for any of them", async () => {
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

it("a cancelled job ends at once although its process is silent, and shares the process until it has left", async () => {
  const { act, jobs, runner } = await startJobs(2);
  act("cancel a job");
  await flush();
  expect(jobs.map(({ outcome, left }) => `${outcome} ${left}`)).toEqual(["undefined 0", "cancelled 0"]);
  expect(runner.inFlight).toBe(2);
  act("the process crashes");
  await flush();
  expect(jobs.map(({ outcome, left }) => `${outcome} ${left}`)).toEqual(["requeued alone 1", "cancelled 1"]);
});

it("a job whose model process dies while it loads is not a suspect", async () => {
  const { actions, jobs } = createWorld();
  for (const name of ["job", "job", "memory is reserved"]) actions[name]?.();
  await flush();
  actions["the process crashes"]?.();
  await flush();
  expect(jobs.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
});

it("over any interleaving: at most one process, no job sent to a dying one, no job lost, no unload acknowledged too early", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const { actions, broken, jobs, barriers, runner, alive } = createWorld();
      const stops = sequence.some(({ name }) => name.startsWith("stop"));
      const act = (name: string) => (actions[name] as () => void)();
      for (const { name, pause } of sequence) {
        act(name);
        if (pause) await flush();
      }
      // From here on everything works: whatever is still open must be settled.
      const settle = async () => {
        for (let round = 0; round < 200; round += 1) {
          await flush();
          const open =
            jobs.some(({ settled, left }) => settled * left === 0) || barriers.some(({ settled }) => !settled);
          if (!open && round > 2) return;
          for (const name of ["memory is reserved", "loaded", "a job ends", "the process exits when asked to"])
            act(name);
        }
      };
      await settle();
      expect(broken).toEqual([]);
      expect(jobs.filter(({ settled, left }) => settled !== 1 || left !== 1)).toEqual([]);
      expect(barriers.filter(({ settled }) => !settled)).toEqual([]);
      expect(runner.inFlight + runner.waiting).toBe(0);
      if (stops) {
        expect(alive()).toEqual([]);
        expect(runner.state).toBe("absent");
      }
      // And it still works, or, once stopped, still requeues: it is not stuck.
      act("job");
      await settle();
      expect(jobs.at(-1)?.outcome).toBe(stops ? "requeued" : "done");
      expect(broken).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
