import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Reloader, reloadOnChange, sourceFolders } from "./reload.js";

let folder: string;
let reloader: Reloader;
const done: string[] = [];
let build: () => Promise<void> = async () => {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-reload-"));
  await mkdir(join(folder, "deep"));
  done.length = 0;
  build = async () => {};
  reloader = reloadOnChange({
    folders: [folder],
    rebuild: async () => {
      done.push("build");
      await build();
    },
    restart: async () => void done.push("restart"),
    onProgress: () => {},
    settleMs: 30,
  });
});
afterEach(async () => {
  reloader.stop();
  await rm(folder, { recursive: true, force: true });
});

it("a burst of changes is one build and one restart", async () => {
  for (const name of ["a.ts", "deep/b.ts", "c.tsx", "deep/d.css"]) await writeFile(join(folder, name), "");
  await vi.waitFor(() => expect(done).toEqual(["build", "restart"]));
});

it("tests and other files change nothing; what does not compile does not restart", async () => {
  build = () => Promise.reject(new Error("error TS1005"));
  await writeFile(join(folder, "a.test.ts"), "");
  await writeFile(join(folder, "notes.md"), "");
  await writeFile(join(folder, "broken.ts"), "");
  await vi.waitFor(() => expect(done).toEqual(["build"]));
  build = async () => {};
  await writeFile(join(folder, "broken.ts"), "fixed");
  await vi.waitFor(() => expect(done).toEqual(["build", "build", "restart"]));
});

it("every app and package is watched", async () => {
  const folders = await sourceFolders(fileURLToPath(new URL("../../../", import.meta.url)));
  for (const room of ["apps/api/src", "apps/worker/src", "packages/contracts/src"]) {
    expect(folders.some((found) => found.endsWith(room))).toBe(true);
  }
});
