import { z } from "zod";
import { errorCodes } from "./error.js";
import { jobProgressSchema, jobResultSchema } from "./job.js";
import { modelNameSchema } from "./model.js";

/** Incremented whenever a message below changes; both sides reject a peer with another version. */
export const ipcProtocol = 4;

const requestId = z.string().min(1);

/** Messages from the supervisor to a model process. */
export const ipcRequestSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("load"),
    protocol: z.literal(ipcProtocol),
    model: modelNameSchema,
    /** Name or absolute manifest path of the model set. */
    modelSet: z.string(),
    /** Folder of models pulled from a hub; the default folder when absent. */
    modelCache: z.string().optional(),
    device: z.enum(["cpu", "cuda"]),
    /** Intra-op threads of each onnxruntime session. */
    threads: z.int().positive(),
    /** Maximum number of sequences (texts or chunks) in a running batch. */
    maxRows: z.int().positive(),
    /** Maximum bytes of encoded texts in a running batch. */
    batchBytes: z.int().positive(),
    /** Send traces. */
    traces: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("summarize"),
    requestId,
    text: z.string(),
    maxLength: z.int().positive().optional(),
    minLength: z.int().nonnegative().optional(),
    /** Beams of the search; the default of the model set when absent. */
    numBeams: z.int().positive().optional(),
    /** Send `partial` messages with the text generated so far. */
    stream: z.boolean().default(false),
    /** Trace context the request belongs to. */
    trace: z.record(z.string(), z.string()).optional(),
  }),
  /** The request has its first follower, or has lost its last: start or stop sending `partial` messages. */
  z.object({ type: z.literal("stream"), requestId, on: z.boolean() }),
  z.object({ type: z.literal("cancel"), requestId }),
  /** Asks an idle process for a heartbeat. */
  z.object({ type: z.literal("ping") }),
]);
export type IpcRequest = z.input<typeof ipcRequestSchema>;

const ipcResponseSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    protocol: z.literal(ipcProtocol),
    model: modelNameSchema,
    loadMs: z.number().nonnegative(),
    rssBytes: z.int().nonnegative(),
    /** One sentence for each network that runs slower than it could, with the reason. */
    notes: z.array(z.string()).optional(),
  }),
  /**
   * The process is at work and nothing else was to be said: sent between encoder passes and decode steps, at most a few
   * times a second, and as the answer to a ping.
   */
  z.object({ type: z.literal("heartbeat") }),
  z.object({ type: z.literal("load-failed"), code: z.enum(errorCodes), message: z.string() }),
  z.object({ type: z.literal("progress"), requestId, progress: jobProgressSchema }),
  z.object({ type: z.literal("partial"), requestId, text: z.string() }),
  /** A batch has started, with this many texts. */
  z.object({ type: z.literal("batch"), texts: z.int().positive() }),
  z.object({
    type: z.literal("result"),
    requestId,
    result: jobResultSchema,
    /** Milliseconds the request spent in the model process, including the wait for a batch. */
    modelMs: z.number().nonnegative(),
  }),
  z.object({
    type: z.literal("error"),
    requestId,
    code: z.enum(errorCodes),
    message: z.string(),
    retriable: z.boolean(),
  }),
]);
export type IpcResponse = z.infer<typeof ipcResponseSchema>;

/** Messages from a model process to its supervisor, batched, in order. */
export const ipcResponsesSchema = z.array(ipcResponseSchema).min(1);
