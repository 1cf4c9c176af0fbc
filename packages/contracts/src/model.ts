import { z } from "zod";

/** The two model families Precis runs; each is one process per worker at most. */
export const modelNames = ["bart", "t5"] as const;
export const modelNameSchema = z.enum(modelNames).meta({
  description: "Which model writes the summary: `bart` writes one to three sentences, `t5` one.",
  example: "bart",
});
export type ModelName = z.infer<typeof modelNameSchema>;
