import { expect, it } from "vitest";
import { createApiKey, hashesEqual, hashSecret, prefixOf } from "./api-key.js";

it("an API key has the format that secret scanners search for, and its prefix is not secret", () => {
  const tokens = Array.from({ length: 200 }, () => createApiKey());
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(200);
  for (const { token, prefix } of tokens) {
    expect(token).toMatch(/^precis_[0-9a-z]{8}_[0-9a-z]{32}$/);
    expect(prefixOf(token)).toBe(prefix);
  }
});

it.each(["", "precis_", "precis_abcdefgh_short", `precis_abcdefgh_${"0".repeat(33)}`, "Bearer x", "précis_a_b"])(
  "%j is not a well-formed key",
  (text) => expect(prefixOf(text)).toBeUndefined(),
);

it("hashes are compared in full, whatever their length", () => {
  const hash = hashSecret("a");
  expect(hashesEqual(hash, hashSecret("a"))).toBe(true);
  expect(hashesEqual(hash, hashSecret("b"))).toBe(false);
  expect(hashesEqual(hash, "")).toBe(false);
});
