import { PrecisError } from "@precis/contracts";
import { expect, it } from "vitest";
import { toPrecisError } from "./to-precis-error.js";

function replyError(message: string, previous: readonly string[] = []): Error {
  const previousErrors = previous.map((text) => replyError(text));
  return Object.assign(new Error(message), { name: "ReplyError", previousErrors });
}

it.each([
  "NOREPLICAS Not enough good replicas to write.",
  "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
  "NOPERM User precis has no permissions to run the 'zadd' command",
  "CROSSSLOT Keys in request don't hash to the same slot",
  "MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.",
  "NOAUTH Authentication required.",
  "SOMETHING a later version says",
])("what Redis says (%s) is its error: 503, to be tried again", (message) => {
  expect(toPrecisError(replyError(message)).code).toBe("redis_unavailable");
});

it.each([
  replyError("OOM command not allowed when used memory > 'maxmemory'."),
  replyError("ERR Error running script: @user_script:1: OOM command not allowed when used memory > 'maxmemory'."),
  replyError("EXECABORT Transaction discarded because of previous errors.", ["OOM command not allowed"]),
])("a full Redis is a full queue (%#)", (error) => {
  expect(toPrecisError(error).code).toBe("queue_full");
});

it("an error of our own is internal, and one that is known stays what it is", () => {
  expect(toPrecisError(new TypeError("x is not a function"))).toMatchObject({ code: "internal" });
  const known = new PrecisError("job_not_found", "Job x does not exist");
  expect(toPrecisError(known)).toBe(known);
});
