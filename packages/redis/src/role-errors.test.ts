import { expect, it } from "vitest";
import { isRedisUnavailable, wrongServerCode } from "./role-errors.js";

it.each([
  ["READONLY You can't write against a read only replica.", "READONLY"],
  ["READONLY You can't write against a read only replica. script: 0f, on @user_script:3.", "READONLY"],
  ["ERR Error running script (call to f_0f): @user_script:3: -READONLY You can't write against it", "READONLY"],
  ["UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", "UNBLOCKED"],
  ["LOADING Redis is loading the dataset in memory", "LOADING"],
  ["MASTERDOWN Link with MASTER is down", "MASTERDOWN"],
])("%s: another server may be at the address by now", (message, code) => {
  expect(wrongServerCode(new Error(message))).toBe(code);
  expect(isRedisUnavailable(new Error(message))).toBe(true);
});

it.each([
  "EXECABORT Transaction discarded because of previous errors.",
  "Command aborted due to connection close",
  "Command timed out",
  "Connection is closed.",
  "connect ECONNREFUSED 127.0.0.1:6379",
  "Reached the max retries per request limit (which is 0).",
])("%s: the same server may serve later", (message) => {
  expect(wrongServerCode(new Error(message))).toBeUndefined();
  expect(isRedisUnavailable(new Error(message))).toBe(true);
});

it.each(["WRONGTYPE Operation against a key", "text_lost: the text is readonly now", "ERR syntax error"])(
  "%s: neither",
  (message) => {
    expect(wrongServerCode(new Error(message))).toBeUndefined();
    expect(isRedisUnavailable(new Error(message))).toBe(false);
  },
);
