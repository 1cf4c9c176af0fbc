import { modelStates } from "@precis/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialStatus, type RunnerEffect, type RunnerEvent, type RunnerStatus, transition } from "./runner-states.js";

const limit = 2;
const after = (events: RunnerEvent[], from: RunnerStatus = initialStatus) =>
  events.reduce<{ status: RunnerStatus; effects: RunnerEffect[] }>(
    ({ status, effects }, event) => {
      const next = transition(status, event, limit);
      return { status: next.status, effects: [...effects, ...next.effects] };
    },
    { status: from, effects: [] },
  );

describe("the states of a model", () => {
  it("starts one process for many jobs and admits up to the limit", () => {
    const { status, effects } = after(["job-arrived", "job-arrived", "job-arrived", "loaded"]);
    expect(effects).toEqual(["start-process", "admit-job", "admit-job"]);
    expect(status).toMatchObject({ state: "busy", inFlight: 2, waiting: 1 });
  });

  it("drains before it terminates, and terminates an idle process at once", () => {
    const draining = after(["job-arrived", "loaded", "unload-graceful"]);
    expect(draining.status.state).toBe("draining");
    expect(draining.effects).not.toContain("end-process");
    const terminating = after(["job-finished"], draining.status);
    expect(terminating).toMatchObject({ status: { state: "terminating" }, effects: ["end-process"] });
    expect(after(["load", "loaded", "unload-graceful"]).status.state).toBe("terminating");
  });

  it("makes jobs that arrive during an unload wait, and loads again afterwards", () => {
    const { status, effects } = after([
      "job-arrived",
      "loaded",
      "unload-graceful",
      "job-arrived",
      "job-finished",
      "exited",
    ]);
    expect(effects).toEqual(["start-process", "admit-job", "end-process", "resolve-unloads", "start-process"]);
    expect(status).toMatchObject({ state: "loading", waiting: 1 });
  });

  it.each([["job-arrived", "loaded"] as const, ["job-arrived", "loaded", "unload-graceful"] as const])(
    "requeues running jobs at an immediate unload: %s, %s, %s",
    (...events) => {
      const { status, effects } = after([...events, "unload-immediate"]);
      expect(effects.slice(-2)).toEqual(["requeue-in-flight", "end-process"]);
      expect(status.state).toBe("terminating");
    },
  );

  it.each(["busy", "draining"] as const)("fails running jobs when the process dies while it is %s", (state) => {
    const { status, effects } = after(["exited"], { ...initialStatus, state, inFlight: 1 });
    expect(effects[0]).toBe("fail-in-flight");
    expect(status).toEqual(initialStatus);
  });

  it("loads nothing after a stop", () => {
    expect(after(["stop", "job-arrived", "load"]).effects).toEqual(["resolve-unloads", "requeue-waiting"]);
  });
});

const events: RunnerEvent[] = [
  ...(["job-arrived", "job-withdrawn", "load", "loaded", "load-failed", "load-refused"] as const),
  ...(["job-finished", "unload-graceful", "unload-immediate", "exited", "stop"] as const),
];

it("over any events: the counts fit the state, and a process is started only where there is none", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (sequence) => {
      let status = initialStatus;
      for (const event of sequence) {
        // What cannot happen: a job withdrawn where none waits, or finished where none runs.
        if (event === "job-withdrawn" && status.waiting === 0) continue;
        if (event === "job-finished" && status.inFlight === 0) continue;
        const before = status;
        const next = transition(before, event, limit);
        status = next.status;
        reached.add(status.state);
        expect(status.inFlight > 0).toBe(status.state === "busy" || status.state === "draining");
        expect(status.inFlight).toBeLessThanOrEqual(limit);
        expect(status.waiting).toBeGreaterThanOrEqual(0);
        if (status.state === "ready" || status.state === "absent") expect(status.waiting).toBe(0);
        if (before.isStopped) expect(status.isStopped).toBe(true);
        const admitted = next.effects.filter((effect) => effect === "admit-job").length;
        if (admitted > 0) expect(status.state).toBe("busy");
        if (next.effects.includes("start-process")) {
          expect(before.state === "absent" || event === "exited").toBe(true);
          expect(status).toMatchObject({ state: "loading", isStopped: false });
        }
        if (next.effects.includes("resolve-unloads")) expect(["absent", "loading"]).toContain(status.state);
      }
    }),
    { numRuns: 2_000 },
  );
  expect([...reached].sort()).toEqual([...modelStates].sort());
});
