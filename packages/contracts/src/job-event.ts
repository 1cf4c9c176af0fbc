import { z } from "zod";
import { jobViewSchema } from "./http.js";
import { jobProgressSchema, terminalStatuses } from "./job.js";

/** Names of the server-sent events of `GET /api/v1/jobs/{id}/events`; the last three end the stream. */
export const jobEventNames = ["queued", "started", "progress", "partial", "completed", "failed", "cancelled"] as const;
export type JobEventName = (typeof jobEventNames)[number];

/** One server-sent event of a job: its name and the JSON in `data`. */
export const jobEventSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("queued"),
    data: z.object({
      /** 1 is the next to start; absent while the job waits for another attempt. */
      position: z.int().positive().optional(),
    }),
  }),
  z.object({ event: z.literal("started"), data: z.object({}) }),
  z.object({ event: z.literal("progress"), data: jobProgressSchema }),
  /** The whole summary so far; each event supersedes the previous one. */
  z.object({ event: z.literal("partial"), data: z.object({ text: z.string() }) }),
  z.object({ event: z.enum(terminalStatuses), data: jobViewSchema }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

/** Message on the pub/sub channel of a job, for its followers; not stored. */
export const jobMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("partial"), text: z.string() }),
  /** The job was deleted. */
  z.object({ type: z.literal("removed") }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;
