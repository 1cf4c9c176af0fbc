import { expect, it } from "vitest";
import { isLoopback, requiresApiKey, startRefusal } from "./open-access.js";

it.each(["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"])("%s is loopback", (host) =>
  expect(isLoopback(host)).toBe(true),
);
it.each(["0.0.0.0", "::", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "example.org"])(
  "%s is not loopback",
  (host) => expect(isLoopback(host)).toBe(false),
);

it.each([
  ["auto", "127.0.0.1", 0, false, false],
  ["auto", "127.0.0.1", 1, true, false],
  ["auto", "0.0.0.0", 0, true, true],
  ["auto", "0.0.0.0", 1, true, false],
  ["keys", "127.0.0.1", 0, true, false],
  ["keys", "0.0.0.0", 0, true, false],
  ["none", "0.0.0.0", 0, false, false],
  ["none", "127.0.0.1", 1, false, false],
] as const)("AUTH=%s on %s with %i keys: key required %s, start refused %s", (auth, host, count, required, refused) => {
  expect(requiresApiKey({ auth, host }, count)).toBe(required);
  expect(startRefusal({ auth, host }, count) !== undefined).toBe(refused);
});
