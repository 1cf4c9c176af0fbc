import { expect, it } from "vitest";
import { keepAliveSchema, parseKeepAlive } from "./keep-alive.js";

it("keep_alive is a duration, a number of seconds, 0 or -1", () => {
  expect(["5m", "250ms", "90", 90, 1.5, 0, "0", -1, "-1"].map(parseKeepAlive)).toEqual([
    300_000, 250, 90_000, 90_000, 1_500, 0, 0, -1, -1,
  ]);
});

it.each(["soon", "", "-5m", -2, "5 weeks", Number.POSITIVE_INFINITY, true, null, {}])("%j is refused", (given) => {
  expect(keepAliveSchema.safeParse(given).error?.issues[0]?.message).toMatch(/must be a duration/);
});
