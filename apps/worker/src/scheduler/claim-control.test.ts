import { expect, it } from "vitest";
import { createJobIntake } from "./claim-control.js";

it("an operator's pause and one by pressure do not undo each other", () => {
  let taking = true;
  const intake = createJobIntake({
    pause: () => {
      taking = false;
    },
    resume: () => {
      taking = true;
    },
  });
  expect(intake.pause("operator")).toBe(true);
  expect(intake.pause("pressure")).toBe(true);
  expect(intake.pause("pressure")).toBe(false);
  expect(intake.resume("pressure")).toBe(true);
  expect(taking).toBe(false);
  expect(intake.reasons).toEqual(["operator"]);
  expect(intake.resume("no-room")).toBe(false);
  expect(taking).toBe(false);
  expect(intake.resume("operator")).toBe(true);
  expect(taking).toBe(true);
});
