import { PrecisApiError, PrecisConnectionError } from "@precis/client";
import { ConfigError } from "@precis/config";
import { PrecisError } from "@precis/contracts";
import { expect, it } from "vitest";
import { exitCodeOf, oneLine } from "./exit-code.js";
import { InterruptedError } from "./interrupted-error.js";
import { UsageError } from "./usage-error.js";

const refused = (status: number, code = "unknown") =>
  new PrecisApiError({ type: "about:blank", title: "No", status, code });

it.each([
  [new UsageError("x"), 2],
  [Object.assign(new TypeError("Unknown option"), { code: "ERR_PARSE_ARGS_UNKNOWN_OPTION" }), 2],
  [refused(422), 2],
  [refused(413), 2],
  [new PrecisConnectionError("no answer"), 3],
  [new InterruptedError("interrupted"), 130],
  [refused(401), 4],
  [refused(403), 4],
  [refused(429), 5],
  [refused(503), 5],
  [refused(404), 1],
  [refused(409), 1],
  [refused(500), 1],
  [refused(418), 2],
  [refused(503, "queue_full"), 5],
  [refused(404, "job_not_found"), 1],
  [refused(400, "constructor"), 2],
  [new PrecisError("model_corrupt", "x"), 1],
  [new PrecisError("unauthorized", "x"), 4],
  [new Error("x"), 1],
])("%s ends with code %i", (error, code) => expect(exitCodeOf(error)).toBe(code));

it("an error is one line that says what to do", () => {
  expect(oneLine(new Error("first\nsecond"))).toBe("first");
  expect(oneLine(new PrecisConnectionError("no answer"))).toMatch(/npm start/);
  expect(oneLine(new ConfigError(["A must be 1", "B must be 2"]))).toBe("A must be 1; B must be 2");
  expect(oneLine(refused(401))).toMatch(/PRECIS_KEY/);
});
