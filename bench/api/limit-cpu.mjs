import { existsSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const periodUs = 100_000;
/** Root folder and quota files of each version of cgroups. */
const versions = [
  {
    root: "/sys/fs/cgroup/cpu",
    write: async (group, quotaUs) => {
      await writeFile(join(group, "cpu.cfs_period_us"), String(periodUs));
      await writeFile(join(group, "cpu.cfs_quota_us"), String(quotaUs));
    },
  },
  {
    root: "/sys/fs/cgroup",
    write: (group, quotaUs) => writeFile(join(group, "cpu.max"), `${quotaUs} ${periodUs}`),
  },
];

/**
 * Limits a process to a share of a core, with a cgroup that the returned function removes once the process has ended.
 * Returns undefined where no cgroup can be made: that needs root and a CPU controller.
 */
export async function limitCpu(pid, share) {
  const version = versions.find(({ root }) => existsSync(join(root, "cgroup.procs")));
  if (version === undefined) return undefined;
  const group = join(version.root, `precis-bench-${pid}`);
  const remove = () => rmdir(group).catch(() => {});
  try {
    await mkdir(group);
    await version.write(group, Math.round(share * periodUs));
    await writeFile(join(group, "cgroup.procs"), String(pid));
  } catch {
    await remove();
    return undefined;
  }
  return remove;
}
