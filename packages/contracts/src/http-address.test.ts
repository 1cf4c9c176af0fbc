import { expect, it } from "vitest";
import { findHttpAddressIssue } from "./http-address.js";

it.each(["https://example.com", "http://127.0.0.1:8000/precis/", "http://[::1]:8000", "HTTPS://Example.com"])(
  "takes %s",
  (text) => {
    expect(findHttpAddressIssue(text, { credentials: "no" })).toBeUndefined();
  },
);

it.each([
  ["example.com", /must begin with https/],
  ["ftp://example.com", /must begin with https/],
  ["https://", /must have a host/],
  ["https:///path", /must have a host/],
  ["https://example.com:70000", /port/],
  ["https://example.com:secret", /port/],
  ["https://user:se/cret@example.com", /percent-encoded/],
  ["https://user:secret@example.com", /must not contain a user name.*; use the header/],
  ["https://secret@example.com", /must not contain a user name/],
  ["https://example.com?token=secret", /parameters/],
  ["https://example.com#secret", /fragment/],
  ["https://exa mple.com", /spaces/],
])("refuses %j without repeating it", (text, expected) => {
  const issue = findHttpAddressIssue(text, { credentials: "use the header" });
  expect(issue).toMatch(expected);
  expect(issue).not.toMatch(/secret|cret@/);
});

it("takes credentials and a query where they are of use", () => {
  const rules = { credentials: true, query: true } as const;
  expect(findHttpAddressIssue("https://user:token@hub.example/x?y=z", rules)).toBeUndefined();
});
