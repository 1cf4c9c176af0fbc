import type { ModelEntry } from "@precis/models";

/** Each of the bundled models has 50 MB. */
const largeBytes = 200_000_000;

/** Whether a model is so large that less memory is worth some milliseconds a step. */
export function isLarge({ files }: Pick<ModelEntry, "files">): boolean {
  return files.reduce((sum, { size = 0 }) => sum + size, 0) > largeBytes;
}
