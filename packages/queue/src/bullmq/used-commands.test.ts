import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describeRights } from "@precis/redis";
import { expect, it } from "vitest";

/** Commands a text of Lua calls, or chooses from by name. */
const calls = /(?:rcall|redis\.p?call)\(\s*["']([a-z]+)["']|["'](RPUSH|LPUSH|RPOP|ZCARD|LLEN)["']/gi;

it("the rights of a Redis user are enough for every script of this version of BullMQ", async () => {
  const rights = new Set(describeRights("precis").match(/(?<=\+)[a-z]+/g));
  const folder = join(dirname(createRequire(import.meta.url).resolve("bullmq")), "..", "esm", "scripts");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  const used = new Set<string>();
  for (const file of files) {
    for (const [, called, chosen] of (await readFile(join(folder, file), "utf8")).matchAll(calls)) {
      used.add((called ?? chosen ?? "").toLowerCase());
    }
  }
  expect(used.size).toBeGreaterThan(40);
  expect([...used].filter((name) => !rights.has(name))).toEqual([]);
});
