import type { ModelEntry } from "@precis/models";

/** Of the bundled models each has 50 MB. */
const largeBytes = 200_000_000;

/** Whether a model's files are so large that memory is worth more than the milliseconds a step could be quicker by. */
export function isLarge({ files }: Pick<ModelEntry, "files">): boolean {
  return files.reduce((sum, { size = 0 }) => sum + size, 0) > largeBytes;
}
