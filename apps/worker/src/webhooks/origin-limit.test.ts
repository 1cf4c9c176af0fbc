import { expect, it } from "vitest";
import { createOriginLimit } from "./origin-limit.js";

it("limits concurrent requests to an origin, whatever the path, and does not affect other origins", () => {
  const limit = createOriginLimit(2);
  const release = limit.acquire("https://slow.example/a");
  expect(limit.acquire("https://slow.example/b")).toBeDefined();
  expect(limit.acquire("https://slow.example/c")).toBeUndefined();
  expect(limit.acquire("https://slow.example:8443/")).toBeDefined();
  release?.();
  expect(limit.acquire("https://slow.example/c")).toBeDefined();
});
