import type { ModelName, ModelState } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createJobIntake, type JobIntake } from "./claim-control.js";
import type { ModelSlot } from "./model-runner.js";
import { createMemoryGuard, type Decision, type MemoryGuard } from "./load-admission.js";

const own = 100;
/** What each model's process holds; the guard reads it by pid. */
interface Model {
  phase: ModelState;
  rss: number;
  lastUsed: number;
}

let models: Record<ModelName, Model>;
let extra = 0;
let limit = 1_000;
let elsewhere = false;
let decisions: Decision[];
let intake: JobIntake;
let guard: MemoryGuard;
const pids = { bart: 1, t5: 2 };

const slot = (model: ModelName): ModelSlot =>
  ({
    model,
    get phase() {
      return models[model].phase;
    },
    get pid() {
      return models[model].phase === "absent" ? undefined : pids[model];
    },
    get counters() {
      return { loadedAt: 1, lastUsed: models[model].lastUsed };
    },
    unload: async () => {
      models[model] = { phase: "absent", rss: 0, lastUsed: 0 };
      guard.giveBack(model);
      return "done";
    },
    warm: async () => {
      await guard.makeRoom(model).catch((cause) => {
        throw new Error("refused", { cause });
      });
      models[model] = { phase: "ready", rss: 300, lastUsed: Date.now() };
      return "done";
    },
  }) as unknown as ModelSlot;

const held = () => own + extra + models.bart.rss + models.t5.rss;
const kinds = () => decisions.map(({ kind, model }) => [kind, model].filter(Boolean).join(" "));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  models = { bart: { phase: "absent", rss: 0, lastUsed: 0 }, t5: { phase: "absent", rss: 0, lastUsed: 0 } };
  extra = 0;
  limit = 1_000;
  elsewhere = false;
  decisions = [];
  intake = createJobIntake({ pause: () => {}, resume: () => {} });
  guard = createMemoryGuard({
    slots: { bart: slot("bart"), t5: slot("t5") },
    peaks: { bart: 500, t5: 500 },
    read: async () => ({ source: "MEMORY_LIMIT", current: held(), limit }),
    readRss: async (pid) => (pid === pids.bart ? models.bart.rss : models.t5.rss),
    ownRss: async () => own,
    intake,
    fitsElsewhere: async () => elsewhere,
    decided: (decision) => decisions.push(decision),
    onError: (error) => {
      throw error;
    },
  });
});
afterEach(() => {
  guard.stop();
  vi.useRealTimers();
});

const ready = (lastUsed = 2): Model => ({ phase: "ready", rss: 300, lastUsed });

it("unloads an idle model before it loads one that would not fit beside it", async () => {
  models.t5 = ready();
  await guard.makeRoom("bart");
  expect(models.t5.phase).toBe("absent");
  expect(kinds()).toEqual(["evict t5", "load bart"]);
  expect(decisions[0]).toMatchObject({ current: 400, limit: 1_000, needed: 500, rss_before: 300, rss_after: 0 });
});

it("two models that load at the same time are not promised the same bytes", async () => {
  const [one, other] = await Promise.allSettled([guard.makeRoom("bart"), guard.makeRoom("t5")]);
  expect(one.status).toBe("fulfilled");
  expect(other).toMatchObject({ status: "rejected", reason: expect.any(Requeue) });
});

it("a model that finds no room is loaded as soon as the others are idle, and only then are jobs taken again", async () => {
  models.t5 = { ...ready(), phase: "busy" };
  await expect(guard.makeRoom("bart")).rejects.toThrow(Requeue);
  expect(intake.reasons).toEqual(["no-room"]);
  await guard.check();
  expect(models.bart.phase).toBe("absent");
  models.t5.phase = "ready";
  await vi.waitFor(async () => {
    await guard.check();
    expect(intake.reasons).toEqual([]);
  });
  expect([models.t5.phase, models.bart.phase]).toEqual(["absent", "ready"]);
  expect(kinds()).toEqual(["refuse-load bart", "evict t5", "load bart", "resume bart"]);
});

it("above the hard mark no jobs are taken, and an operator's pause outlasts it", async () => {
  intake.pause("operator");
  models.bart = { ...ready(), rss: 850 };
  await guard.check();
  expect(models.bart.phase).toBe("absent");
  expect(intake.reasons).toEqual(["operator", "pressure"]);
  await guard.check();
  expect(intake.reasons).toEqual(["operator"]);
  expect(kinds()).toEqual(["pause", "evict bart", "resume"]);
});

it("between the marks only the idle model used longest ago goes", async () => {
  models = { bart: ready(5), t5: ready(4) };
  extra = 120;
  await guard.check();
  expect(kinds()).toEqual(["evict t5"]);
  expect(intake.reasons).toEqual([]);
});

it("a job that can never be done here waits when no worker can do it, and is let have to one that can", async () => {
  extra = 0;
  limit = 640;
  await expect(guard.makeRoom("bart")).rejects.toMatchObject({ delayMs: 5_000 });
  expect(intake.reasons).toEqual([]);
  expect(guard.tooSmallFor).toEqual(["bart"]);
  elsewhere = true;
  await expect(guard.makeRoom("bart")).rejects.toMatchObject({ delayMs: 0 });
  expect(intake.reasons).toEqual(["too-small"]);
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.waitFor(() => expect(intake.reasons).toEqual([]));
});

it("a worker for which every model is too large takes no jobs until its limit is raised", async () => {
  limit = 500;
  await guard.start();
  expect(intake.reasons).toEqual(["too-small"]);
  await guard.check();
  expect(intake.reasons).toEqual(["too-small"]);
  limit = 1_000;
  await guard.check();
  expect(intake.reasons).toEqual([]);
  expect(guard.tooSmallFor).toEqual([]);
});
