import { type JobResult, type ModelName, PrecisError } from "@precis/contracts";
import { type ConsumedJob, Requeue } from "@precis/queue";
import { expect, it } from "vitest";
import type { ModelProcess, ModelProcessExit, SummarizeTask } from "./model-process.js";
import { ModelScheduler, type SchedulerOptions } from "./model-scheduler.js";
import type { Decision } from "./scheduler-events.js";

const result: JobResult = {
  summary: "short",
  model: "bart",
  input_tokens: 9,
  output_tokens: 1,
  truncated: false,
  chunks: 1,
};

/** A process under control of the test. */
class FakeProcess implements ModelProcess {
  // One that exists, since its memory is read.
  readonly pid = process.pid;
  readonly isResponding = true;
  readonly tasks: { task: SummarizeTask; resolve(result: JobResult): void; reject(error: Error): void }[] = [];
  isEnding = false;
  load = () => {};
  failLoad: (error: Error) => void = () => {};
  exit: (exit: ModelProcessExit) => void = () => {};
  readonly ready = new Promise<{ loadMs: number }>((resolve, reject) => {
    this.load = () => resolve({ loadMs: 1 });
    this.failLoad = reject;
  });
  readonly exited = new Promise<ModelProcessExit>((resolve) => {
    this.exit = resolve;
  });

  summarize(task: SummarizeTask): Promise<JobResult> {
    return new Promise((resolve, reject) => this.tasks.push({ task, resolve, reject }));
  }

  end(): void {
    this.isEnding = true;
    this.exit({ code: 0, signal: null });
  }
}

function createWorld(options: Partial<SchedulerOptions> = {}) {
  const processes: FakeProcess[] = [];
  const decisions: Decision[] = [];
  const states: string[] = [];
  const scheduler = new ModelScheduler({
    startProcess: () => {
      const started = new FakeProcess();
      processes.push(started);
      return started;
    },
    modelConcurrency: 2,
    modelIdleTtlMs: -1,
    memoryLimitBytes: 1e12,
    preload: [],
    peaks: { bart: 1, t5: 1 },
    fitsElsewhere: async () => false,
    carrier: () => undefined,
    ...options,
  });
  scheduler.on("decision", (decision) => void decisions.push(decision));
  scheduler.on("state", ({ model, state }) => void states.push(`${model} ${state}`));
  const claimer = {
    isClaiming: true,
    pause: () => {
      claimer.isClaiming = false;
    },
    resume: () => {
      claimer.isClaiming = true;
    },
  };
  scheduler.attach(claimer);
  const submit = (data: { model?: ModelName; keepAliveMs?: number } = {}) => {
    const job = {
      id: "job",
      data: { model: "bart", ...data },
      signal: new AbortController().signal,
      readText: async () => "a text",
      reportProgress: () => {},
      partials: undefined,
    };
    const outcome = scheduler.run(job as unknown as ConsumedJob);
    outcome.catch(() => {});
    return outcome;
  };
  const stateOf = async (model: ModelName) =>
    (await scheduler.snapshot()).runners.find((runner) => runner.model === model)?.state;
  return { scheduler, processes, decisions, states, claimer, submit, stateOf };
}

/** A scheduler with one job in the process of bart. */
async function startJob(options: Partial<SchedulerOptions> = {}) {
  const world = createWorld(options);
  const outcome = world.submit();
  await expect.poll(() => world.processes.length).toBe(1);
  const [process] = world.processes as [FakeProcess];
  process.load();
  await expect.poll(() => process.tasks.length).toBe(1);
  return { ...world, outcome, process };
}

it("loads the model for a job, and unloads it when it has been idle for its keep_alive", async () => {
  const { scheduler, outcome, process, decisions, states, submit } = await startJob();
  process.tasks[0]?.resolve(result);
  expect(await outcome).toEqual(result);
  const again = submit({ keepAliveMs: 0 });
  await expect.poll(() => process.tasks.length).toBe(2);
  process.tasks[1]?.resolve(result);
  await again;
  await expect.poll(() => decisions.map(({ kind, reason }) => `${kind}: ${reason}`)).toContain("unload: idle for 0 ms");
  expect(states).toEqual([
    ...["bart loading", "bart busy", "bart ready", "bart busy", "bart ready", "bart terminating", "bart absent"],
  ]);
  await scheduler.drain(0);
});

it("the keep_alive of a job does not outlast an unload of its model", async () => {
  const { scheduler, process, processes, submit, decisions } = await startJob();
  process.tasks[0]?.resolve(result);
  submit({ keepAliveMs: -1 });
  await expect.poll(() => process.tasks.length).toBe(2);
  await scheduler.unload("bart", "immediate");
  const next = submit({ keepAliveMs: 0 });
  await expect.poll(() => processes.length).toBe(2);
  processes[1]?.load();
  await expect.poll(() => processes[1]?.tasks.length).toBe(1);
  processes[1]?.tasks[0]?.resolve(result);
  await next;
  await expect.poll(() => decisions.map(({ reason }) => reason)).toContain("idle for 0 ms");
});

it("a graceful unload drains: the model is `draining` until its job has finished, and is acknowledged when its process has exited", async () => {
  const { scheduler, outcome, process, decisions, stateOf } = await startJob();
  const unloaded = scheduler.unload("bart", "graceful");
  await expect.poll(() => stateOf("bart")).toBe("draining");
  expect(process.isEnding).toBe(false);
  process.tasks[0]?.resolve(result);
  expect(await outcome).toEqual(result);
  expect(await unloaded).toBe("done");
  expect(await stateOf("bart")).toBe("absent");
  expect(decisions.at(-1)).toMatchObject({
    kind: "unload",
    reason: "requested by an operator (graceful)",
    rss_after: 0,
  });
  expect(decisions.at(-1)?.rss_before).toBeGreaterThan(0);
});

it("a process that dies while it is draining has crashed, and its job is not lost", async () => {
  const { scheduler, outcome, process, decisions, stateOf } = await startJob();
  const unloaded = scheduler.unload("bart", "graceful");
  await expect.poll(() => stateOf("bart")).toBe("draining");
  process.exit({ code: null, signal: "SIGKILL" });
  await expect(outcome).rejects.toMatchObject({ code: "model_process_died" });
  await unloaded;
  await expect.poll(() => decisions.map(({ kind }) => kind)).toContain("crash");
  const [bart] = (await scheduler.snapshot()).runners;
  expect(bart?.counters.unloads).toBe(0);
});

it("an immediate unload requeues the running job", async () => {
  const { scheduler, outcome } = await startJob();
  expect(await scheduler.unload("bart", "immediate")).toBe("done");
  await expect(outcome).rejects.toBeInstanceOf(Requeue);
  expect(await scheduler.unload("bart", "immediate")).toBe("nothing-loaded");
});

it("claims no jobs before the models of PRELOAD are ready", async () => {
  const { scheduler, processes, claimer } = createWorld({ preload: ["bart", "t5"] });
  expect(claimer.isClaiming).toBe(false);
  const started = scheduler.start();
  await expect.poll(() => processes.length).toBe(2);
  processes[0]?.load();
  expect(await scheduler.snapshot()).toMatchObject({ status: "starting", pausedBy: ["starting"] });
  processes[1]?.load();
  await started;
  expect(claimer.isClaiming).toBe(true);
  expect(await scheduler.snapshot()).toMatchObject({ status: "running", pausedBy: [] });
  await scheduler.drain(0);
});

it("a model of PRELOAD that does not fit is no error, one that cannot be loaded is", async () => {
  const tooLarge = createWorld({ preload: ["bart"], peaks: { bart: 1e13, t5: 1 } });
  await tooLarge.scheduler.start();
  expect((await tooLarge.scheduler.snapshot()).tooSmallFor).toEqual(["bart"]);
  await tooLarge.scheduler.drain(0);
  const broken = createWorld({ preload: ["bart"] });
  const started = broken.scheduler.start();
  started.catch(() => {});
  await expect.poll(() => broken.processes.length).toBe(1);
  broken.processes[0]?.failLoad(new PrecisError("model_corrupt", "bad file"));
  await expect(started).rejects.toThrow("PRELOAD: bad file");
  await broken.scheduler.drain(0);
});

it("a drain during PRELOAD ends the processes that load, and the start does not fail", async () => {
  const { scheduler, processes, claimer } = createWorld({ preload: ["bart", "t5"] });
  const started = scheduler.start();
  await expect.poll(() => processes.length).toBe(2);
  await scheduler.drain(60_000);
  expect(processes.map(({ isEnding }) => isEnding)).toEqual([true, true]);
  await started;
  expect((await scheduler.snapshot()).status).toBe("stopping");
  expect(claimer.isClaiming).toBe(false);
});

it("a drain requeues waiting and later jobs, and running ones after the grace period", async () => {
  const { scheduler, outcome, submit, process, stateOf } = await startJob({ modelConcurrency: 1 });
  const waiting = submit();
  await expect.poll(async () => (await scheduler.snapshot()).runners[0]?.waiting).toBe(1);
  const drained = scheduler.drain(50);
  await expect(waiting).rejects.toBeInstanceOf(Requeue);
  await expect(submit()).rejects.toBeInstanceOf(Requeue);
  await expect(outcome).rejects.toBeInstanceOf(Requeue);
  await drained;
  expect(process.isEnding).toBe(true);
  expect(await stateOf("bart")).toBe("absent");
});
