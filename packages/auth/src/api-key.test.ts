import { expect, it } from "vitest";
import { hashToken, newToken, prefixOf, sameHash } from "./token.js";

it("a key has the form secret scanners look for, and its prefix is not its secret", () => {
  const tokens = Array.from({ length: 200 }, () => newToken());
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(200);
  for (const { token, prefix } of tokens) {
    expect(token).toMatch(/^precis_[0-9a-z]{8}_[0-9a-z]{32}$/);
    expect(prefixOf(token)).toBe(prefix);
  }
});

it.each(["", "precis_", "precis_abcdefgh_short", `precis_abcdefgh_${"0".repeat(33)}`, "Bearer x", "précis_a_b"])(
  "%j is no key",
  (text) => expect(prefixOf(text)).toBeUndefined(),
);

it("hashes are compared whole, whatever their length", () => {
  const hash = hashToken("a");
  expect(sameHash(hash, hashToken("a"))).toBe(true);
  expect(sameHash(hash, hashToken("b"))).toBe(false);
  expect(sameHash(hash, "")).toBe(false);
});
