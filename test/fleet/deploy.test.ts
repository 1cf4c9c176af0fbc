import { readdir, readFile, stat } from "node:fs/promises";
import { loadConfig, settings } from "@precis/config";
import { expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

const root = new URL("../../", import.meta.url);
/** Settings, and what glibc reads. */
const known = new Set([...Object.values(settings).map(({ env }) => env), "MALLOC_MMAP_THRESHOLD_"]);

interface Container {
  name: string;
  env?: { name: string; value: string }[];
  command?: string[];
}
interface Manifest {
  kind: string;
  spec?: { template?: { spec: { containers: Container[] } } };
}

async function containers(): Promise<Container[]> {
  const folder = new URL("deploy/kubernetes/", root);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), "utf8")));
  const manifests = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Manifest;
    }),
  );
  return manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
}

async function composed(): Promise<Container[]> {
  const compose = parse(await readFile(new URL("docker-compose.yml", root), "utf8")) as {
    services: Record<string, { environment?: Record<string, string>; command?: string[] }>;
  };
  return Object.entries(compose.services).map(([name, { environment = {}, command }]) => ({
    name,
    env: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
    ...(command === undefined ? {} : { command }),
  }));
}

it("what is deployed sets settings that exist, to values that are allowed, and starts files that are there", async () => {
  const all = [...(await containers()), ...(await composed())];
  expect(all.map(({ name }) => name).toSorted()).toEqual(["api", "api", "redis", "redis", "worker", "worker"]);
  for (const { env = [], command = [] } of all) {
    for (const { name } of env) expect(known, name).toContain(name);
    loadConfig(Object.fromEntries(env.map(({ name, value }) => [name, value])));
    const entry = command.find((word) => word.includes("/dist/"));
    if (entry !== undefined) await stat(new URL(entry, root));
  }
});
