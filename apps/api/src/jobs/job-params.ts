import { z } from "zod";

/** Path parameters of every route about one job. */
export const jobParams = z.object({
  id: z.string().meta({
    description: "Job id, as returned by the submission.",
    example: "job_01kasq3v5h6m2q8s4v9x7k0d2e",
  }),
});
