import { availableParallelism, cpus, totalmem } from "node:os";

/** One line that names the machine of the figures. */
export function describeMachine() {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() || "unknown processor";
  return `${availableParallelism()} cores (${model}), ${gigabytes} GiB, Node ${process.versions.node}`;
}
