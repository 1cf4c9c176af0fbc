import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

let test: TestServices;
beforeAll(async () => {
  test = await openTestServices();
});
afterAll(() => test.close());

it("a HEAD of an event stream has its headers, and leaves nothing running", async () => {
  const { services } = test;
  const { id } = await services.queue.submit(
    { version: 1, model: "bart", resultTtlSeconds: 60, textBytes: 6 },
    "A text",
  );
  const app = buildApp(services);
  let followers = 0;
  const { follow } = services.watcher;
  vi.spyOn(services.watcher, "follow").mockImplementation((job, listener) => {
    followers += 1;
    const unfollow = follow(job, listener);
    return () => {
      followers -= 1;
      unfollow();
    };
  });
  for (let count = 0; count < 20; count += 1) {
    const response = await app.request(`/api/v1/jobs/${id}/events`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), response.body]).toEqual([
      200,
      "text/event-stream",
      null,
    ]);
  }
  await expect.poll(() => followers).toBe(0);
  const fleet = await app.request("/admin/fleet/events", { method: "HEAD" });
  expect([fleet.status, fleet.body]).toEqual([200, null]);
});
