import type { ModelName, ModelState } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ClaimControl } from "./claim-control.js";
import { LoadAdmission, type ManagedRunner } from "./load-admission.js";
import { PressureMonitor } from "./pressure-monitor.js";
import type { Decision } from "./scheduler-events.js";

const own = 100;
interface Model {
  state: ModelState;
  rss: number;
  lastUsed: number;
}

let models: Record<ModelName, Model>;
let extra = 0;
let limit = 1_000;
let elsewhere = false;
let decisions: Decision[];
let claims: ClaimControl;
let admission: LoadAdmission;
let monitor: PressureMonitor;
const pids = { bart: 1, t5: 2 };

const createRunner = (model: ModelName): ManagedRunner => ({
  get state() {
    return models[model].state;
  },
  get pid() {
    return models[model].state === "absent" ? undefined : pids[model];
  },
  get counters() {
    return { loads: 1, unloads: 0, jobs: 0, failed: 0, loadedAt: 1, lastUsed: models[model].lastUsed };
  },
  unload: async () => {
    models[model] = { state: "absent", rss: 0, lastUsed: 0 };
    admission.release(model);
    return "done";
  },
  load: async () => {
    await admission.reserve(model).catch((cause) => {
      throw new Error("refused", { cause });
    });
    models[model] = { state: "ready", rss: 300, lastUsed: Date.now() };
    return "done";
  },
});

const totalRss = () => own + extra + models.bart.rss + models.t5.rss;
const kinds = () => decisions.map(({ kind, model }) => [kind, model].filter(Boolean).join(" "));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  models = { bart: { state: "absent", rss: 0, lastUsed: 0 }, t5: { state: "absent", rss: 0, lastUsed: 0 } };
  extra = 0;
  limit = 1_000;
  elsewhere = false;
  decisions = [];
  claims = new ClaimControl();
  const shared = {
    claims,
    memory: {
      readUsage: async () => ({ source: "MEMORY_LIMIT" as const, current: totalRss(), limit }),
      rssOf: async (pid: number | undefined) => (pid === pids.bart ? models.bart.rss : models.t5.rss),
      ownRss: async () => own,
      totalRss: async () => totalRss(),
    },
    onDecision: (decision: Decision) => void decisions.push(decision),
    onError: (error: unknown) => {
      throw error;
    },
  };
  admission = new LoadAdmission({
    ...shared,
    runners: { bart: createRunner("bart"), t5: createRunner("t5") },
    peaks: { bart: 500, t5: 500 },
    fitsElsewhere: async () => elsewhere,
  });
  monitor = new PressureMonitor({ ...shared, admission });
});
afterEach(() => {
  admission.stop();
  monitor.stop();
  vi.useRealTimers();
});

const ready = (lastUsed = 2): Model => ({ state: "ready", rss: 300, lastUsed });

it("evicts an idle model before it loads one that would not fit beside it", async () => {
  models.t5 = ready();
  await admission.reserve("bart");
  expect(models.t5.state).toBe("absent");
  expect(kinds()).toEqual(["evict t5", "load bart"]);
  expect(decisions[0]).toMatchObject({ current: 400, limit: 1_000, needed: 500, rss_before: 300, rss_after: 0 });
});

it("two models that load at the same time do not reserve the same bytes", async () => {
  const [one, other] = await Promise.allSettled([admission.reserve("bart"), admission.reserve("t5")]);
  expect(one.status).toBe("fulfilled");
  expect(other).toMatchObject({ status: "rejected", reason: expect.any(Requeue) });
});

it("a refused model is loaded as soon as the others are idle, and only then are jobs claimed again", async () => {
  models.t5 = { ...ready(), state: "busy" };
  await expect(admission.reserve("bart")).rejects.toThrow(Requeue);
  expect(claims.reasons).toEqual(["no-room"]);
  await monitor.check();
  expect(models.bart.state).toBe("absent");
  models.t5.state = "ready";
  await vi.waitFor(async () => {
    await monitor.check();
    expect(claims.reasons).toEqual([]);
  });
  expect([models.t5.state, models.bart.state]).toEqual(["absent", "ready"]);
  expect(kinds()).toEqual(["refuse-load bart", "evict t5", "load bart", "resume bart"]);
});

it("above the hard limit no jobs are claimed, and a pause by an operator outlasts it", async () => {
  claims.pause("operator");
  models.bart = { ...ready(), rss: 850 };
  await monitor.check();
  expect(models.bart.state).toBe("absent");
  expect(claims.reasons).toEqual(["operator", "pressure"]);
  expect(monitor.pressure).toBe("hard");
  await monitor.check();
  expect(claims.reasons).toEqual(["operator"]);
  expect(kinds()).toEqual(["pause", "evict bart", "resume"]);
});

it("between the limits only the least recently used idle model is evicted", async () => {
  models = { bart: ready(5), t5: ready(4) };
  extra = 120;
  await monitor.check();
  expect(kinds()).toEqual(["evict t5"]);
  expect(claims.reasons).toEqual([]);
});

it("a job that can never run here waits if no worker can run it, and is left to one that can", async () => {
  limit = 640;
  await expect(admission.reserve("bart")).rejects.toMatchObject({ delayMs: 5_000 });
  expect(claims.reasons).toEqual([]);
  expect(admission.tooSmallFor).toEqual(["bart"]);
  elsewhere = true;
  await expect(admission.reserve("bart")).rejects.toMatchObject({ delayMs: 0 });
  expect(claims.reasons).toEqual(["too-small"]);
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.waitFor(() => expect(claims.reasons).toEqual([]));
});

it("a worker for which every model is too large claims no jobs until its limit is raised", async () => {
  limit = 500;
  await admission.start();
  expect(claims.reasons).toEqual(["too-small"]);
  await monitor.check();
  expect(claims.reasons).toEqual(["too-small"]);
  limit = 1_000;
  await monitor.check();
  expect(claims.reasons).toEqual([]);
  expect(admission.tooSmallFor).toEqual([]);
});
