import { expect, it } from "vitest";
import { describeError } from "./describe-error.js";

it("neither the arguments of a command nor a password in an address gets into the log", () => {
  const cause = new TypeError("cannot fetch https://user:hunter2@hub/x");
  const error = Object.assign(new Error("WRONGPASS invalid password", { cause }), {
    command: { name: "auth", args: ["hunter2"] },
    code: "WRONGPASS",
  });
  const described = describeError(error);
  expect(described).toMatchObject({
    type: "Error",
    code: "WRONGPASS",
    cause: { message: "cannot fetch https://***@hub/x" },
  });
  expect(JSON.stringify(described)).not.toContain("hunter2");
});

it("an error that is its own cause ends somewhere", () => {
  const error = new Error("again");
  error.cause = error;
  expect(JSON.stringify(describeError(error)).match(/"type"/g)).toHaveLength(6);
});
