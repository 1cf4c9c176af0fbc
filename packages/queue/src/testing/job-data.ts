import type { JobData } from "@precis/contracts";

/** A job like any other, but for what is given. */
export const jobData = (rest: Partial<JobData> = {}): JobData => ({
  version: 1,
  model: "t5",
  resultTtlSeconds: 60,
  textBytes: 4,
  ...rest,
});
