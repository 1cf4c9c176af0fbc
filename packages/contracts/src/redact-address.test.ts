import { expect, it } from "vitest";
import { redactAddress, redactAddresses } from "./redact-address.js";

it.each([
  ["redis://host:6379/3", "redis://host:6379/3"],
  ["redis://:secret@host", "redis://***@host"],
  ["redis://secret:x@host/1", "redis://***@host/1"],
  ["https://secret@hub.example/path", "https://***@hub.example/path"],
  ["redis://:sec/ret@secret@host", "redis://***@host"],
  ["redis://u:12/secret@host", "redis://***@host"],
  ["redis://:secret with spaces\n@host", "redis://***@host"],
  ["redis:/:secret@host", "***@host"],
  ["user:secret@host", "***@host"],
  ["https://host/x?token=secret&secret", "https://host/x?token=***&***"],
  ["unix:///run/me@home/redis.sock?db=2", "unix:///run/me@home/redis.sock?db=2"],
])("%j becomes %s", (address, redacted) => {
  expect(redactAddress(address)).toBe(redacted);
});

it("finds addresses in a text", () => {
  const text =
    'Request cannot be constructed from a URL that includes credentials: https://u:"secret@hub/x (see http://a/b)';
  expect(redactAddresses(text)).toBe(
    "Request cannot be constructed from a URL that includes credentials: https://***@hub/x (see http://a/b)",
  );
});
