import { setMaxListeners } from "node:events";
import { type ErrorCode, type IpcRequest, type IpcResponse, ipcProtocol, PrecisError } from "@precis/contracts";
import type { LoadedModel } from "@precis/inference";
import { loadModelSet, resolveModel } from "@precis/models";
import { noTracing, startTracing, type Tracing } from "@precis/observability/tracing";
import { compactHeap } from "../memory/compact-heap.js";
import { isLarge } from "../memory/is-large.js";
import { collectSeldom } from "./collect-seldom.js";

/** A reader cannot follow more updates of the text than this, and each costs a decoding. */
const partialEveryMs = 50;

/** Other messages are signs of life too, so that a job that reports progress needs hardly any of these. */
const heartbeatEveryMs = 250;

interface Running {
  abort: AbortController;
  stream: boolean;
}

type Requests = { [Type in IpcRequest["type"]]: Extract<IpcRequest, { type: Type }> };

/** Answers the supervisor's requests, one after the other in the order they come in as far as they wait for loading. */
export function createAnswerer(send: (message: IpcResponse) => void): {
  answer(request: IpcRequest): void;
  /** Sends the traces that have not been sent yet. */
  stop(): Promise<void>;
} {
  let loading: Promise<LoadedModel> | undefined;
  let tracing: Tracing = noTracing;
  const running = new Map<string, Running>();

  let lastSent = 0;
  const say = (message: IpcResponse) => {
    lastSent = performance.now();
    send(message);
  };
  /** Between two runs, each of which blocks this process for as long as it takes. */
  const beat = () => {
    if (performance.now() - lastSent >= heartbeatEveryMs) say({ type: "heartbeat" });
  };

  const load = async (request: Requests["load"]): Promise<LoadedModel> => {
    const start = performance.now();
    tracing = await startTracing({ service: "model", enabled: request.traces ?? false });
    // Loaded here and not at the top, so that what goes wrong in it is answered and not just a dead process.
    const { loadModel } = await import("@precis/inference");
    const resolved = resolveModel(await loadModelSet(request.modelSet), request.model, request.modelCache);
    // A step of a large one takes so long that collecting in between does not show, and its memory does.
    if (!isLarge(resolved)) collectSeldom();
    const model = await loadModel(resolved, {
      device: request.device,
      threads: request.threads,
      maxSequences: request.maxRows,
      batchBytes: request.batchBytes,
      onBatch: (texts) => say({ type: "batch", texts }),
      onRun: beat,
      collectGarbage: compactHeap,
    });
    const loadMs = performance.now() - start;
    const rssBytes = process.memoryUsage.rss();
    send({ type: "ready", protocol: ipcProtocol, model: request.model, loadMs, rssBytes, notes: [...model.notes] });
    // Reading tokenizer and graphs has left some megabytes.
    setImmediate(compactHeap);
    return model;
  };

  const summarize = async (request: Requests["summarize"]): Promise<void> => {
    const { requestId } = request;
    const own: Running = { abort: new AbortController(), stream: request.stream ?? false };
    // Every chunk of a text that is in work listens to it; more than Node's ten are no leak.
    setMaxListeners(0, own.abort.signal);
    running.set(requestId, own);
    let lastPartial = 0;
    const sendPartial = (text: string) => {
      lastPartial = performance.now();
      // The last character may be of several tokens, the rest of which is not written yet.
      say({ type: "partial", requestId, text: text.replace(/\ufffd+$/, "") });
    };
    const start = performance.now();
    try {
      const model = await loading;
      if (model === undefined) throw new PrecisError("internal", "summarize came before load");
      const span = { parent: request.trace, attributes: { "precis.text_length": request.text.length } };
      const result = await tracing.span("summarize in model process", span, async ({ set }) => {
        const summarized = await model.summarize(
          {
            text: request.text,
            ...(request.maxLength === undefined ? {} : { maxLength: request.maxLength }),
            ...(request.minLength === undefined ? {} : { minLength: request.minLength }),
            ...(request.numBeams === undefined ? {} : { numBeams: request.numBeams }),
          },
          {
            signal: own.abort.signal,
            onProgress: (progress) => say({ type: "progress", requestId, progress }),
            get onPartial() {
              return own.stream && performance.now() - lastPartial >= partialEveryMs ? sendPartial : undefined;
            },
          },
        );
        set("precis.model", summarized.model);
        set("precis.input_tokens", summarized.input_tokens);
        set("precis.output_tokens", summarized.output_tokens);
        return summarized;
      });
      say({ type: "result", requestId, result, modelMs: performance.now() - start });
    } catch (error) {
      const { code, message, retriable } = describe(error, "generation_failed");
      say({ type: "error", requestId, code, message, retriable });
    } finally {
      running.delete(requestId);
    }
  };

  return {
    stop: () => tracing.stop(),
    answer: (request) => {
      if (request.type === "load") {
        loading = load(request);
        loading.catch((error) => {
          const { code, message } = describe(error, "model_load_failed");
          send({ type: "load-failed", code, message });
        });
      } else if (request.type === "ping") say({ type: "heartbeat" });
      else if (request.type === "cancel") running.get(request.requestId)?.abort.abort();
      else if (request.type === "stream") {
        const own = running.get(request.requestId);
        if (own !== undefined) own.stream = request.on;
      } else void summarize(request);
    },
  };
}

function describe(error: unknown, code: ErrorCode): { code: ErrorCode; message: string; retriable: boolean } {
  if (error instanceof PrecisError) return error;
  return { code, message: error instanceof Error ? error.message : String(error), retriable: false };
}
