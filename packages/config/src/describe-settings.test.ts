import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { describeSettings } from "./describe-settings.js";

it("the configuration page is the one the settings make (npm run docs)", async () => {
  const page = await readFile(new URL("../../../docs/reference/configuration.md", import.meta.url), "utf8");
  expect(page).toBe(describeSettings());
});
