import { z } from "zod";

/** Path parameters of everything about one job. */
export const jobParams = z.object({
  id: z.string().meta({
    description: "Id of the job, as its submission answered.",
    example: "job_01kasq3v5h6m2q8s4v9x7k0d2e",
  }),
});
