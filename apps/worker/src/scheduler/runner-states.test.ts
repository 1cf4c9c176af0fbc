import { describe, expect, it } from "vitest";
import { initialState, type LifecycleEvent, type LifecycleState, transition } from "./runner-states.js";

const limit = 2;
const after = (events: LifecycleEvent[], from: LifecycleState = initialState) =>
  events.reduce<{ state: LifecycleState; effects: string[] }>(
    ({ state, effects }, event) => {
      const next = transition(state, event, limit);
      return { state: next.state, effects: [...effects, ...next.effects] };
    },
    { state: from, effects: [] },
  );

describe("the life of a model", () => {
  it("starts one process for many jobs and admits up to the limit", () => {
    const { state, effects } = after(["demand", "demand", "demand", "loaded"]);
    expect(effects).toEqual(["start-process", "admit", "admit"]);
    expect(state).toMatchObject({ phase: "busy", inFlight: 2, waiting: 1 });
  });

  it("makes jobs that arrive during an unload wait, and loads again afterwards", () => {
    const { state, effects } = after(["demand", "loaded", "drain", "demand", "finished", "exited"]);
    expect(effects).toEqual(["start-process", "admit", "end-process", "settle-unload", "start-process"]);
    expect(state).toMatchObject({ phase: "loading", waiting: 1 });
  });

  it("puts running jobs back when told to unload now", () => {
    expect(after(["demand", "loaded", "unload-now"]).effects.slice(-2)).toEqual(["requeue-in-flight", "end-process"]);
  });

  it("fails running jobs when the process dies", () => {
    const { state, effects } = after(["demand", "loaded", "exited"]);
    expect(effects.at(-1)).toBe("fail-in-flight");
    expect(state).toEqual(initialState);
  });

  it("loads nothing after a stop", () => {
    expect(after(["stop", "demand"]).effects).toEqual(["settle-unload", "requeue-waiting"]);
  });
});
