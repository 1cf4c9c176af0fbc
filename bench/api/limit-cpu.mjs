import { existsSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const periodUs = 100_000;
/** Where the CPU controller's groups are, and how each version of cgroups writes a quota. */
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
 * Holds a process to a share of a core; the function it answers removes the group once the process has ended. Undefined
 * where no group can be made, which takes root and a CPU controller.
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
