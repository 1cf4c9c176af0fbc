import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FolderOwner } from "@precis/contracts";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { FolderInUseError, lockFolder } from "./lock-folder.js";

const built = fileURLToPath(new URL("../../dist/state-folder/lock-folder.js", import.meta.url));
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "precis-lock-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Another process that tries to own the folder, and keeps it; resolves with what it says, "owner" or the reason. */
async function startOwner(): Promise<{ child: ChildProcess; says: string }> {
  const script = `
    import { lockFolder } from ${JSON.stringify(built)};
    await lockFolder(${JSON.stringify(home)}).then(() => console.log("owner"), (error) => console.log(error.message));
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [says] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, says: String(says).trim() };
}

async function writeOwner(owner: Partial<FolderOwner>): Promise<string> {
  const record = join(home, "lock", "owner.7");
  await mkdir(join(home, "lock"), { recursive: true });
  const whole = { pid: process.pid, host: hostname(), boot: "", socket: "x.sock", brief: false, released: false };
  await writeFile(record, JSON.stringify({ ...whole, ...owner }));
  return record;
}

it("a folder has one owner, which the others are told of; released, it can be owned again", async () => {
  const lock = await lockFolder(home);
  const refused = await lockFolder(home).catch((error) => error);
  expect(refused).toBeInstanceOf(FolderInUseError);
  expect(refused.message).toContain(home);
  expect(refused.message).toContain(`process ${process.pid}`);
  await lock.release();
  await (await lockFolder(home)).release();
});

it("of many that come at once, one gets it", async () => {
  for (let round = 0; round < 10; round += 1) {
    const tried = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(home)));
    const locks = tried.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  }
  // Neither sockets nor old records pile up.
  expect((await readdir(join(home, "lock"))).length).toBeLessThan(4);
});

it("a killed owner is followed at once, by one of those that come at once", async () => {
  for (let round = 0; round < 3; round += 1) {
    const owners = await Promise.all([startOwner(), startOwner(), startOwner()]);
    expect(owners.filter(({ says }) => says === "owner")).toHaveLength(1);
    await Promise.all(
      owners.map(({ child }) => {
        child.kill("SIGKILL");
        return once(child, "exit");
      }),
    );
  }
  const began = Date.now();
  await (await lockFolder(home)).release();
  expect(Date.now() - began).toBeLessThan(5_000);
});

it("a stopped owner still owns it", async () => {
  const { child, says } = await startOwner();
  expect(says).toBe("owner");
  child.kill("SIGSTOP");
  await expect(lockFolder(home)).rejects.toThrow(`process ${child.pid}`);
});

it("a living process that has the dead owner's number is not taken for it", async () => {
  const { child } = await startOwner();
  child.kill("SIGKILL");
  await once(child, "exit");
  await writeOwner({ pid: process.pid });
  await (await lockFolder(home)).release();
});

it("an owner on another machine counts while it touches its record", async () => {
  const record = await writeOwner({ host: "elsewhere", boot: "another" });
  const timer = setInterval(() => void utimes(record, new Date(), new Date()), 500);
  await expect(lockFolder(home)).rejects.toThrow("on elsewhere");
  clearInterval(timer);
  await (await lockFolder(home)).release();
});

it("a record that was cut off by a power failure is nobody's", async () => {
  const record = await writeOwner({});
  await writeFile(record, "");
  await (await lockFolder(home)).release();
});

it("whoever comes during a short command waits for its end", async () => {
  const brief = await lockFolder(home, { brief: true });
  const waiting = lockFolder(home);
  await brief.release();
  await (await waiting).release();
});

it("works at any depth", async () => {
  home = join(home, "deep".repeat(30), "deeper".repeat(20));
  const lock = await lockFolder(home);
  await expect(lockFolder(home)).rejects.toThrow(FolderInUseError);
  await lock.release();
});
