import { readdirSync, readFileSync } from "node:fs";

/**
 * Milliseconds of CPU time that all threads of a process have used: exact where the kernel keeps scheduler statistics,
 * else in steps of 10 ms.
 */
export function cpuMs(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const spent = (task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    return tasks.reduce((sum, task) => sum + spent(task), 0) / 1e6;
  } catch {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
}
