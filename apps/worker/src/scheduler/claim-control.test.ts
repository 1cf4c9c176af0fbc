import { expect, it } from "vitest";
import { ClaimControl } from "./claim-control.js";

function createClaimer() {
  const claimer = {
    isClaiming: true,
    pause: () => {
      claimer.isClaiming = false;
    },
    resume: () => {
      claimer.isClaiming = true;
    },
  };
  return claimer;
}

it("a pause by an operator and one by memory pressure do not undo each other", () => {
  const claims = new ClaimControl();
  const claimer = createClaimer();
  claims.attach(claimer);
  expect(claimer.isClaiming).toBe(true);
  expect(claims.pause("operator")).toBe(true);
  expect(claims.pause("pressure")).toBe(true);
  expect(claims.pause("pressure")).toBe(false);
  expect(claims.resume("pressure")).toBe(true);
  expect(claimer.isClaiming).toBe(false);
  expect(claims.reasons).toEqual(["operator"]);
  expect(claims.resume("no-room")).toBe(false);
  expect(claimer.isClaiming).toBe(false);
  expect(claims.resume("operator")).toBe(true);
  expect(claimer.isClaiming).toBe(true);
});

it("a consumer that is attached while there is a reason to pause is paused at once", () => {
  const claims = new ClaimControl();
  claims.pause("starting");
  const claimer = createClaimer();
  claims.attach(claimer);
  expect(claimer.isClaiming).toBe(false);
  claims.resume("starting");
  expect(claimer.isClaiming).toBe(true);
});

it("a worker that stops claims nothing more, even when a pause ends meanwhile", () => {
  const claims = new ClaimControl();
  const claimer = createClaimer();
  claims.attach(claimer);
  claims.pause("pressure");
  claims.stop();
  claims.resume("pressure");
  expect(claimer.isClaiming).toBe(false);
});
