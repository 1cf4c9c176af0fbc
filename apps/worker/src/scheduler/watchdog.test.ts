import { describe, expect, it } from "vitest";
import { type Activity, parseStat, readActivity } from "./read-activity.js";
import { createWatchdog, watchEveryMs } from "./watchdog.js";

const timeoutMs = 10_000;

/** A watchdog on a process made of figures; `pass` lets time go by and returns the seconds until it was to be killed. */
function createWorld({ isBusy = true, passTokens = 0 } = {}) {
  let at = 0;
  let pings = 0;
  const process = { isBusy, isLoading: false, cpuTicks: 0, isWaiting: false, isStopped: false, isKnown: true };
  const watchdog = createWatchdog({
    timeoutMs,
    isLoading: () => process.isLoading,
    isRunning: () => process.isBusy,
    passTokens: () => passTokens,
    readActivity: (): Activity | undefined => (process.isKnown ? process : undefined),
    ping: () => {
      pings += 1;
    },
    now: () => at,
  });
  const pass = (seconds: number, each: () => void = () => {}): number | undefined => {
    for (let second = 1; second <= seconds; second += 1) {
      at += watchEveryMs;
      each();
      if (watchdog.check() !== undefined) return second;
    }
    return undefined;
  };
  const sleep = (ms: number) => {
    at += ms;
  };
  return { watchdog, process, pass, sleep, pings: () => pings };
}

describe("the watchdog", () => {
  it("gives up a process that has work and does nothing, and says so before", () => {
    const { watchdog, pass } = createWorld();
    expect(pass(4)).toBeUndefined();
    expect(watchdog.isResponding).toBe(false);
    expect(pass(30)).toBe(7);
  });

  it("leaves a slow one alone that computes, waits for a core or a disk, for as long as a run over its text may take", () => {
    const computing = createWorld({ passTokens: 1_024 });
    const compute = () => {
      computing.process.cpuTicks += 1;
    };
    expect(computing.pass(120, compute)).toBeUndefined();
    expect(computing.watchdog.isResponding).toBe(true);
    const starved = createWorld({ passTokens: 1_024 });
    starved.process.isWaiting = true;
    expect(starved.pass(120)).toBeUndefined();
    // An endless loop, though, is ended one day, the sooner the shorter the text.
    expect(computing.pass(1_000, compute)).toBeLessThan(300);
    expect(createWorld().pass(1_000)).toBeLessThan(70);
  });

  it("allows for many times the longest run it has seen", () => {
    const { watchdog, process, pass } = createWorld();
    const compute = () => {
      process.cpuTicks += 1;
    };
    pass(50, compute);
    watchdog.heard();
    expect(pass(300, compute)).toBeUndefined();
  });

  it("hears every sign of life", () => {
    const { watchdog, pass } = createWorld();
    for (let n = 0; n < 20; n += 1) {
      expect(pass(9)).toBeUndefined();
      watchdog.heard();
      expect(watchdog.isResponding).toBe(true);
    }
  });

  it("leaves one that loads alone until it is stopped", () => {
    const { process, pass } = createWorld({ isBusy: false });
    process.isLoading = true;
    expect(pass(3_600)).toBeUndefined();
    process.isStopped = true;
    expect(pass(20)).toBe(10);
  });

  it("asks an idle one for a sign of life, and gives it up when it has none", () => {
    const answering = createWorld({ isBusy: false });
    let answered = 0;
    const answer = () => {
      if (answering.pings() === answered) return;
      answered += 1;
      answering.watchdog.heard();
    };
    expect(answering.pass(100, answer)).toBeUndefined();
    expect(answering.pings()).toBeGreaterThan(10);
    const stopped = createWorld({ isBusy: false });
    expect(stopped.pass(100)).toBeLessThan(20);
    expect(stopped.pings()).toBe(1);
  });

  it("does not blame the process for time in which the watchdog itself was stopped", () => {
    const { pass, sleep } = createWorld();
    pass(1);
    sleep(3_600_000);
    expect(pass(5)).toBeUndefined();
  });

  it("goes by silence alone where the system tells nothing of CPU time", () => {
    const { process, pass } = createWorld({ passTokens: 100 });
    process.isKnown = false;
    expect(pass(60)).toBeUndefined();
    expect(pass(60)).toBeGreaterThan(10);
  });
});

it("reads CPU time and state of a process whose name holds anything", () => {
  const stat = "42 (a ) R 1) T 1 42 42 0 -1 4194304 100 0 0 0 700 30 0 0 20 0 11 0 5 1 1";
  expect(parseStat(stat)).toEqual({ cpuTicks: 730, isWaiting: false, isStopped: true });
  expect(parseStat("")).toBeUndefined();
  if (process.platform === "linux") expect(readActivity(process.pid)?.cpuTicks).toBeGreaterThan(0);
});
