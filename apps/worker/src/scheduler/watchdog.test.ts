import { describe, expect, it } from "vitest";
import { type Activity, parseStat, readActivity } from "./read-activity.js";
import { Watchdog, watchEveryMs } from "./watchdog.js";

const timeoutMs = 10_000;

/** A watchdog on a simulated process; `pass` advances the time and returns the seconds until the process is to be killed. */
function createWorld({ isBusy = true, passTokens = 0 } = {}) {
  let at = 0;
  let pings = 0;
  const process = { isBusy, isLoading: false, cpuTicks: 0, isWaiting: false, isStopped: false, isKnown: true };
  const watchdog = new Watchdog({
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
  it("gives up a process that has work and does nothing, and reports it before", () => {
    const { watchdog, pass } = createWorld();
    expect(pass(4)).toBeUndefined();
    expect(watchdog.isResponding).toBe(false);
    expect(pass(30)).toBe(7);
  });

  it("waits for a slow process that computes, or waits for a core or a disk, as long as a run over its text may take", () => {
    const computing = createWorld({ passTokens: 1_024 });
    const compute = () => {
      computing.process.cpuTicks += 1;
    };
    expect(computing.pass(120, compute)).toBeUndefined();
    expect(computing.watchdog.isResponding).toBe(true);
    const starved = createWorld({ passTokens: 1_024 });
    starved.process.isWaiting = true;
    expect(starved.pass(120)).toBeUndefined();
    // An endless loop is ended, the sooner the shorter the text.
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

  it("starts again at every message", () => {
    const { watchdog, pass } = createWorld();
    for (let n = 0; n < 20; n += 1) {
      expect(pass(9)).toBeUndefined();
      watchdog.heard();
      expect(watchdog.isResponding).toBe(true);
    }
  });

  it("waits for a process that loads unless a signal has stopped it", () => {
    const { process, pass } = createWorld({ isBusy: false });
    process.isLoading = true;
    expect(pass(3_600)).toBeUndefined();
    process.isStopped = true;
    expect(pass(20)).toBe(10);
  });

  it("pings an idle process, and gives it up when it does not answer", () => {
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

  it("does not count time in which the watchdog itself was stopped", () => {
    const { pass, sleep } = createWorld();
    pass(1);
    sleep(3_600_000);
    expect(pass(5)).toBeUndefined();
  });

  it("uses silence alone where the system does not report CPU time", () => {
    const { process, pass } = createWorld({ passTokens: 100 });
    process.isKnown = false;
    expect(pass(60)).toBeUndefined();
    expect(pass(60)).toBeGreaterThan(10);
  });
});

it("reads CPU time and state of a process whose name contains anything", () => {
  const stat = "42 (a ) R 1) T 1 42 42 0 -1 4194304 100 0 0 0 700 30 0 0 20 0 11 0 5 1 1";
  expect(parseStat(stat)).toEqual({ cpuTicks: 730, isWaiting: false, isStopped: true });
  expect(parseStat("")).toBeUndefined();
  if (process.platform === "linux") expect(readActivity(process.pid)?.cpuTicks).toBeGreaterThan(0);
});
