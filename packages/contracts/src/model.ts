import { z } from "zod";

/** The model families Precis runs; each is at most one process per worker. */
export const modelNames = ["bart", "t5"] as const;
export const modelNameSchema = z.enum(modelNames).meta({
  description: "Which model writes the summary: `bart` writes one to three sentences, `t5` one.",
  example: "bart",
});
/** Summary tokens for each `length`, by model; chosen for the bundled models. */
export const lengthPresets = {
  bart: { short: { min: 8, max: 32 }, medium: { min: 20, max: 64 }, long: { min: 40, max: 110 } },
  t5: { short: { min: 4, max: 20 }, medium: { min: 10, max: 40 }, long: { min: 16, max: 70 } },
} as const;
export type ModelName = z.infer<typeof modelNameSchema>;
