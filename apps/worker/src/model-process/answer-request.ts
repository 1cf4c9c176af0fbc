import { setMaxListeners } from "node:events";
import {
  type ErrorCode,
  type IpcRequest,
  type IpcResponse,
  ipcProtocol,
  omitUndefined,
  PrecisError,
} from "@precis/contracts";
import type { LoadedModel } from "@precis/inference";
import { loadModelSet, resolveModel } from "@precis/models";
import { noTracing, startTracing, type Tracing } from "@precis/observability/tracing";
import { compactHeap } from "../memory/compact-heap.js";
import { isLarge } from "../memory/is-large.js";
import { collectRarely } from "./collect-rarely.js";

/** A reader cannot follow more updates of the text than this, and each costs a decoding. */
const partialEveryMs = 50;

/** Other messages show activity too, so a job that reports progress needs hardly any of these. */
const heartbeatEveryMs = 250;

interface RunningRequest {
  abort: AbortController;
  isStreaming: boolean;
}

type Requests = { [Type in IpcRequest["type"]]: Extract<IpcRequest, { type: Type }> };

/** Answers the requests of the supervisor: loads the model once, then summarizes any number of texts at the same time. */
export class RequestAnswerer {
  readonly #send: (message: IpcResponse) => void;
  readonly #running = new Map<string, RunningRequest>();
  #loading: Promise<LoadedModel> | undefined;
  #tracing: Tracing = noTracing;
  #lastSent = 0;

  constructor(send: (message: IpcResponse) => void) {
    this.#send = (message) => {
      this.#lastSent = performance.now();
      send(message);
    };
  }

  answer(request: IpcRequest): void {
    switch (request.type) {
      case "load":
        this.#loading = this.#load(request);
        this.#loading.catch((error) => {
          const { code, message } = describeError(error, "model_load_failed");
          this.#send({ type: "load-failed", code, message });
        });
        return;
      case "ping":
        this.#send({ type: "heartbeat" });
        return;
      case "cancel":
        this.#running.get(request.requestId)?.abort.abort();
        return;
      case "stream": {
        const running = this.#running.get(request.requestId);
        if (running !== undefined) running.isStreaming = request.on;
        return;
      }
      case "summarize":
        void this.#summarize(request);
    }
  }

  /** Sends the traces that have not been sent yet. */
  stop(): Promise<void> {
    return this.#tracing.stop();
  }

  async #load(request: Requests["load"]): Promise<LoadedModel> {
    const start = performance.now();
    this.#tracing = await startTracing({ service: "model", enabled: request.traces ?? false });
    // Imported here and not at the top, so that an error in it is reported and does not just end the process.
    const { loadModel } = await import("@precis/inference");
    const resolved = resolveModel(await loadModelSet(request.modelSet), request.model, request.modelCache);
    // A step of a large model takes so long that garbage collection does not show, but its memory does.
    if (!isLarge(resolved)) collectRarely();
    const model = await loadModel(resolved, {
      device: request.device,
      threads: request.threads,
      maxSequences: request.maxRows,
      batchBytes: request.batchBytes,
      onBatch: (texts) => this.#send({ type: "batch", texts }),
      onRun: () => this.#sendHeartbeat(),
      collectGarbage: compactHeap,
    });
    const loadMs = performance.now() - start;
    const rssBytes = process.memoryUsage.rss();
    const notes = [...model.notes];
    this.#send({ type: "ready", protocol: ipcProtocol, model: request.model, loadMs, rssBytes, notes });
    // Reading the tokenizer and the graphs leaves some megabytes of garbage.
    setImmediate(compactHeap);
    return model;
  }

  async #summarize(request: Requests["summarize"]): Promise<void> {
    const { requestId, text, maxLength, minLength, numBeams } = request;
    const running: RunningRequest = { abort: new AbortController(), isStreaming: request.stream ?? false };
    // Every chunk of a text listens to it; more than the ten Node warns about are no leak.
    setMaxListeners(0, running.abort.signal);
    this.#running.set(requestId, running);
    const start = performance.now();
    try {
      const model = await this.#loading;
      if (model === undefined) throw new PrecisError("internal", "summarize came before load");
      const span = { parent: request.trace, attributes: { "precis.text_length": text.length } };
      const result = await this.#tracing.span("summarize in model process", span, async ({ set }) => {
        const summarized = await model.summarize(
          {
            text,
            ...omitUndefined({ maxLength, minLength, numBeams }),
          },
          this.#observe(requestId, running),
        );
        set("precis.model", summarized.model);
        set("precis.input_tokens", summarized.input_tokens);
        set("precis.output_tokens", summarized.output_tokens);
        return summarized;
      });
      this.#send({ type: "result", requestId, result, modelMs: performance.now() - start });
    } catch (error) {
      const { code, message, retriable } = describeError(error, "generation_failed");
      this.#send({ type: "error", requestId, code, message, retriable });
    } finally {
      this.#running.delete(requestId);
    }
  }

  /** Options of a run that report its progress, and its text so far while someone follows it. */
  #observe(requestId: string, running: RunningRequest): NonNullable<Parameters<LoadedModel["summarize"]>[1]> {
    let lastPartial = 0;
    const sendPartial = (text: string) => {
      lastPartial = performance.now();
      // The last character may consist of several tokens, the rest of which is not generated yet.
      this.#send({ type: "partial", requestId, text: text.replace(/\ufffd+$/, "") });
    };
    return {
      signal: running.abort.signal,
      onProgress: (progress) => this.#send({ type: "progress", requestId, progress }),
      get onPartial() {
        return running.isStreaming && performance.now() - lastPartial >= partialEveryMs ? sendPartial : undefined;
      },
    };
  }

  /** Called between two runs, each of which blocks this process for as long as it takes. */
  #sendHeartbeat(): void {
    if (performance.now() - this.#lastSent >= heartbeatEveryMs) this.#send({ type: "heartbeat" });
  }
}

function describeError(error: unknown, code: ErrorCode): { code: ErrorCode; message: string; retriable: boolean } {
  if (error instanceof PrecisError) return error;
  return { code, message: error instanceof Error ? error.message : String(error), retriable: false };
}
