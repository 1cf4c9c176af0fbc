import { expect, it } from "vitest";
import { createOriginShare } from "./origin-limit.js";

it("an origin gets its share and no more, whatever the path, and others are not touched by it", () => {
  const share = createOriginShare(2);
  const first = share.take("https://slow.example/a");
  expect(share.take("https://slow.example/b")).toBeDefined();
  expect(share.take("https://slow.example/c")).toBeUndefined();
  expect(share.take("https://slow.example:8443/")).toBeDefined();
  first?.();
  expect(share.take("https://slow.example/c")).toBeDefined();
});
