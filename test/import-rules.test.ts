import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** Who may not import what; see docs/decisions. Paths are relative to the repository. */
const rules: { from: RegExp; never: RegExp; why: string }[] = [
  { from: /^packages\//, never: /apps\/|@precis\/(api|worker)/, why: "packages know no app" },
  { from: /^apps\/api\//, never: /inference|onnxruntime|@huggingface|apps\/worker/, why: "the API runs no model" },
  {
    from: /^apps\/worker\/src\/(main|supervisor|control|memory)/,
    never: /@precis\/inference|onnxruntime|@huggingface/,
    why: "the supervisor runs no model",
  },
  {
    from: /^apps\/worker\/src\/model-process\//,
    never: /@precis\/(queue|redis|control)|bullmq|ioredis/,
    why: "a model process knows no queue",
  },
  {
    from: /^packages\/ui\/src\/[^/]+\/[^/]+\.ts$/,
    never: /^(?!\.|@precis\/client$|@precis\/contracts$|uplot$)/,
    why: "browser scripts import only what runs in browsers",
  },
  {
    from: /^packages\/ui\/.*\.tsx$/,
    never: /^(?!\.|hono\/|@precis\/contracts$)/,
    why: "views render what they are given, and load nothing",
  },
  { from: /^packages\/contracts\//, never: /^(?!zod$|\.)/, why: "contracts import zod only" },
  { from: /^packages\/client\//, never: /^(?!\.)/, why: "the client runs in browsers and depends on nothing" },
  {
    from: /^(?!packages\/(queue|cli)\/|apps\/api\/src\/board)/,
    never: /^bullmq$/,
    why: "only the queue imports bullmq",
  },
];

it("every import keeps to the rules between the rooms", async () => {
  const root = new URL("../", import.meta.url).pathname;
  const broken: string[] = [];
  let imports = 0;
  const files = await Promise.all(
    ["apps", "packages"].map((folder) => readdir(`${root}${folder}`, { recursive: true })),
  );
  const sources = [
    ...(files[0] ?? []).map((file) => `apps/${file}`),
    ...(files[1] ?? []).map((file) => `packages/${file}`),
  ];
  for (const file of sources.filter((name) => /\/src\/.*(?<!\.test)\.tsx?$/.test(name) && !/node_modules/.test(name))) {
    const source = await readFile(`${root}${file}`, "utf8");
    for (const [, imported = ""] of source.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
      imports += 1;
      for (const { from, never, why } of rules) {
        if (from.test(file) && never.test(imported)) broken.push(`${file} imports ${imported}: ${why}`);
      }
    }
  }
  expect(imports).toBeGreaterThan(100);
  expect(broken).toEqual([]);
});
