import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { describeCommands } from "./describe-commands.js";

it("the docs' page about the command line is up to date", async () => {
  const page = await readFile(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");
  expect(page, "run `npm run docs`").toBe(describeCommands());
});

it("describes every command, with its arguments, options and defaults", () => {
  const page = describeCommands();
  expect(page).toContain("## precis jobs cancel");
  expect(page).toContain("precis summarize <FILE> [options]");
  expect(page).toMatch(/`--role <role>` \| read\\\|submit\\\|admin \(default: submit\)/);
});
