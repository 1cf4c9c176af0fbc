import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { describeErrors } from "./describe-errors.js";
import { errorCodes, errors, isErrorCode, PrecisError } from "./error.js";

it.each(errorCodes)("%s has a title of its own and a code that failed jobs can carry", (code) => {
  expect(errorCodes.filter((other) => errors[other].title === errors[code].title)).toEqual([code]);
  // The queue stores a failure as `code: message`.
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(errors[code].title).toMatch(/^[A-Z][\w ]+[^. ]$/);
});

it("errors that a client caused are never retriable, and unavailability always is", () => {
  for (const code of errorCodes) {
    const { status, retriable } = errors[code];
    if (status >= 400 && status < 500) expect([code, retriable]).toEqual([code, status === 429 || status === 408]);
    if (status === 503) expect([code, retriable]).toEqual([code, true]);
  }
});

it("an error carries its field, and its message names it", () => {
  const error = new PrecisError("invalid_request", "must be in the future (got 0)", { field: "deadline" });
  expect(error.issues).toEqual([{ field: "deadline", message: "must be in the future (got 0)" }]);
  expect(error.message).toBe("deadline: must be in the future (got 0)");
  expect(new PrecisError("invalid_json", "text: looks like a field but is not").issues).toEqual([]);
});

it("an occurrence can differ from the table in whether a retry makes sense", () => {
  expect(new PrecisError("cancelled", "The job was cancelled").retriable).toBe(false);
  expect(new PrecisError("cancelled", "The model was unloaded", { retriable: true }).retriable).toBe(true);
  expect(new PrecisError("model_process_died", "The model process exited").retriable).toBe(true);
});

it("names that every object has are not error codes", () => {
  expect(isErrorCode("constructor")).toBe(false);
  expect(isErrorCode("internal")).toBe(true);
});

it("the docs' page about errors is up to date", async () => {
  const page = await readFile(new URL("../../../docs/reference/errors.md", import.meta.url), "utf8");
  expect(page, "run `npm run docs`").toBe(describeErrors());
});
