import { readdir, readFile, writeFile } from "node:fs/promises";

/** USER_HZ: the kernel's unit of CPU time in /proc, 100 on every Linux port Node runs on. */
const ticksPerSecond = 100;

async function readProcess(pid) {
  try {
    const [stat, status, cmdline] = await Promise.all(
      ["stat", "status", "cmdline"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8")),
    );
    // The command's name is in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system, reapedUser, reapedSystem] = fields.slice(11, 15).map(Number);
    return {
      pid,
      parent: Number(fields[1]),
      command: cmdline.replaceAll("\0", " ").trim(),
      rss: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
      /** Highest rss since the start or the last `resetPeakRss`, kept by the kernel, so sampling is not needed. */
      peak: Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
      /** Seconds of CPU time, including those of reaped children. */
      cpu: (user + system + reapedUser + reapedSystem) / ticksPerSecond,
    };
  } catch {
    // The process ended meanwhile.
    return undefined;
  }
}

/** A process and all its descendants as they are now. */
export async function processTree(root) {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(readProcess))).filter((found) => found !== undefined);
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

export const sum = (processes, field) => processes.reduce((total, found) => total + found[field], 0);

/** Resident bytes of a process and its descendants; pages that several of them share count in each. */
export async function treeRss(root, counts = () => true) {
  return sum((await processTree(root)).filter(counts), "rss");
}

/** CPU seconds of a process and its descendants since they started. */
export async function treeCpu(root, counts = () => true) {
  return sum((await processTree(root)).filter(counts), "cpu");
}

/** Resets the kernel's peaks of a process tree. */
export async function resetPeakRss(root) {
  const tree = await processTree(root);
  await Promise.all(tree.map(({ pid }) => writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {})));
}

/** Sum of the processes' own peaks: at least the tree's peak, and equal to it if one process holds nearly all. */
export async function treePeakRss(root) {
  return sum(await processTree(root), "peak");
}

/** Samples a tree's memory until `stop`, which returns the highest sum. */
export function watchPeakRss(root, counts = () => true, everyMs = 50) {
  let peak = 0;
  let running = true;
  const done = (async () => {
    while (running) {
      peak = Math.max(peak, await treeRss(root, counts));
      await new Promise((wake) => setTimeout(wake, everyMs));
    }
  })();
  return {
    stop: async () => {
      running = false;
      await done;
      return peak;
    },
  };
}
