import { expect, it } from "vitest";
import { decideRestart, type RestartPolicy, restartPolicy } from "./restart-policy.js";

/** The decisions about runs of these lengths, one after the other. */
function decide(runs: number[], policy: RestartPolicy = restartPolicy) {
  let failures = 0;
  return runs.map((ranMs) => {
    const decision = decideRestart(failures, ranMs, policy);
    failures = decision.failures;
    return decision;
  });
}

const crashes = (count: number) => Array.from({ length: count }, () => 100);

it("waits twice as long after each crash, up to the cap", () => {
  const policy = { ...restartPolicy, maxFailures: Number.POSITIVE_INFINITY };
  const delays = decide(crashes(2_000), policy).map(({ delayMs }) => delayMs);
  expect(delays.slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(delays.at(-1)).toBe(policy.maxDelayMs);
});

it("gives up a crash loop", () => {
  const decisions = decide(crashes(restartPolicy.maxFailures));
  expect(decisions.map(({ giveUp }) => giveUp)).toEqual([...Array(restartPolicy.maxFailures - 1).fill(false), true]);
});

it("starts over after a healthy run, so that rare crashes are never given up", () => {
  const { healthyAfterMs, firstDelayMs, maxFailures } = restartPolicy;
  const mixed = Array.from({ length: 200 }, (_, index) => (index % (maxFailures - 1) === 0 ? healthyAfterMs : 0));
  const decisions = decide(mixed);
  expect(decisions.some(({ giveUp }) => giveUp)).toBe(false);
  for (const [index, ranMs] of mixed.entries()) {
    if (ranMs === healthyAfterMs) expect(decisions[index]).toMatchObject({ failures: 1, delayMs: firstDelayMs });
  }
});

it("a run just short of healthy is one more failure", () => {
  expect(decideRestart(3, restartPolicy.healthyAfterMs - 1).failures).toBe(4);
  expect(decideRestart(3, restartPolicy.healthyAfterMs).failures).toBe(1);
});
