import type { ChildProcess } from "node:child_process";
import {
  type IpcRequest,
  type IpcResponse,
  ipcProtocol,
  ipcResponsesSchema,
  type JobResult,
  type ModelName,
  omitUndefined,
  PrecisError,
} from "@precis/contracts";
import { deadlineExceeded } from "@precis/queue";
import { forkModelProcess } from "./fork-model-process.js";
import {
  describeExit,
  type LoadSettings,
  type ModelProcess,
  type ModelProcessEvents,
  type ModelProcessExit,
  type SummarizeTask,
} from "./model-process.js";
import { readActivity } from "./read-activity.js";
import { Watchdog, watch } from "./watchdog.js";

/** A model process that has not exited this long after SIGTERM is killed. */
const endGraceMs = 3_000;

export interface SpawnOptions {
  settings: LoadSettings;
  size: "small" | "large";
  loadTimeoutMs: number;
  /** A process that has work and does nothing for this long is killed. */
  hangTimeoutMs: number;
  /** Maximum number of tokens of a text that are encoded in one run. */
  contextLength: number;
  /** Compares the model's files with their hashes; no job runs before it has resolved. */
  verify(): Promise<void>;
  events: ModelProcessEvents;
}

interface Pending {
  task: SummarizeTask;
  resolve(result: JobResult): void;
  reject(error: Error): void;
}

interface Settle {
  resolve(value: { loadMs: number }): void;
  reject(error: Error): void;
}

/** Starts the process of a model and exchanges messages with it; whatever it sends is parsed once, here. */
export class SpawnedModelProcess implements ModelProcess {
  readonly ready: Promise<{ loadMs: number }>;
  readonly exited: Promise<ModelProcessExit>;
  readonly #model: ModelName;
  readonly #options: SpawnOptions;
  readonly #child: ChildProcess;
  readonly #watchdog: Watchdog;
  readonly #verified: Promise<void>;
  readonly #pending = new Map<string, Pending>();
  #settleReady: Settle | undefined;
  #isLoading = true;
  #hang: string | undefined;
  #lastRequest = 0;

  constructor(model: ModelName, options: SpawnOptions) {
    this.#model = model;
    this.#options = options;
    this.#child = forkModelProcess(options.size);
    this.exited = this.#awaitExit();
    this.ready = this.#awaitReady();
    // While the process loads, not before: on two cores, hashing the files then costs no time.
    this.#verified = options.verify();
    this.#verified.catch((error) => this.#settleReady?.reject(error));
    this.#watchdog = this.#createWatchdog();
    this.#startWatching();
    this.#child.on("message", (raw) => this.#receive(raw));
    void this.exited.then((exit) => this.#fail(exit));
    this.#send({ type: "load", protocol: ipcProtocol, model, ...options.settings });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isResponding(): boolean {
    return this.#watchdog.isResponding;
  }

  async summarize(task: SummarizeTask): Promise<JobResult> {
    if (task.startBy !== undefined && Date.now() > task.startBy) throw deadlineExceeded(task.startBy);
    this.#lastRequest += 1;
    const requestId = String(this.#lastRequest);
    const unsubscribe = task.partials?.onChange((on) => this.#send({ type: "stream", requestId, on }));
    const cancel = () => this.#send({ type: "cancel", requestId });
    const { maxLength, minLength, numBeams, trace } = task;
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(requestId, { task, resolve, reject });
        task.signal.addEventListener("abort", cancel, { once: true });
        this.#send({
          type: "summarize",
          requestId,
          text: task.text,
          ...omitUndefined({ maxLength, minLength, numBeams, trace }),
          stream: task.partials?.wanted ?? false,
        });
        if (task.signal.aborted) cancel();
      });
    } finally {
      this.#pending.delete(requestId);
      unsubscribe?.();
      task.signal.removeEventListener("abort", cancel);
    }
  }

  end(): void {
    this.#child.kill("SIGTERM");
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), endGraceMs);
    void this.exited.then(() => clearTimeout(kill));
  }

  #send(request: IpcRequest): void {
    // A failed write means the process is exiting; its exit event settles all that is pending.
    if (this.#child.connected) this.#child.send(request, () => {});
  }

  #awaitExit(): Promise<ModelProcessExit> {
    return new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal, ...omitUndefined({ hang: this.#hang }) }));
      this.#child.once("error", () => {
        if (this.#child.pid === undefined) resolve({ code: null, signal: null });
      });
    });
  }

  #awaitReady(): Promise<{ loadMs: number }> {
    const { loadTimeoutMs } = this.#options;
    const ready = new Promise<{ loadMs: number }>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    const deadline = setTimeout(() => {
      const message = `the ${this.#model} model was not loaded within ${loadTimeoutMs} ms (MODEL_LOAD_TIMEOUT)`;
      this.#settleReady?.reject(new PrecisError("model_load_failed", message, { retriable: true }));
    }, loadTimeoutMs);
    ready.finally(() => clearTimeout(deadline)).catch(() => {});
    return ready;
  }

  #createWatchdog(): Watchdog {
    const { hangTimeoutMs, contextLength, settings } = this.#options;
    return new Watchdog({
      timeoutMs: hangTimeoutMs,
      isLoading: () => this.#isLoading,
      isRunning: () => this.#pending.size > 0,
      // A token is at least a byte of the text.
      passTokens: () => {
        const longest = Math.max(0, ...[...this.#pending.values()].map(({ task }) => task.text.length));
        return Math.min(contextLength, 4 * longest);
      },
      // A process that waits for a GPU need not use the CPU.
      readActivity: () => {
        const { pid } = this.#child;
        return pid === undefined || settings.device !== "cpu" ? undefined : readActivity(pid);
      },
      ping: () => this.#send({ type: "ping" }),
    });
  }

  #startWatching(): void {
    const stopWatching = watch(this.#watchdog, {
      onChange: this.#options.events.onResponding,
      onHang: (hang) => {
        this.#hang = hang;
        // SIGTERM does not reach a process that is stopped.
        this.#child.kill("SIGKILL");
      },
    });
    void this.exited.then(stopWatching);
  }

  #receive(raw: unknown): void {
    this.#watchdog.heard();
    const parsed = ipcResponsesSchema.safeParse(raw);
    if (parsed.success) for (const message of parsed.data) this.#handle(message);
    else this.#settleReady?.reject(new PrecisError("model_load_failed", "the model process uses another protocol"));
  }

  #handle(message: IpcResponse): void {
    const { events } = this.#options;
    switch (message.type) {
      case "heartbeat":
        return;
      case "ready": {
        this.#isLoading = false;
        const { loadMs } = message;
        for (const note of message.notes ?? []) events.onNote(note);
        this.#verified.then(
          () => this.#settleReady?.resolve({ loadMs }),
          () => {},
        );
        return;
      }
      case "load-failed":
        this.#isLoading = false;
        this.#failLoad(new PrecisError(message.code, message.message));
        return;
      case "batch":
        events.onBatch(message.texts);
        return;
      default:
        this.#handleForRequest(message);
    }
  }

  #handleForRequest(message: Extract<IpcResponse, { requestId: string }>): void {
    const pending = this.#pending.get(message.requestId);
    if (pending === undefined) return;
    if (message.type === "progress") pending.task.onProgress(message.progress);
    else if (message.type === "partial") pending.task.partials?.write(message.text);
    else if (message.type === "result") pending.resolve(message.result);
    else pending.reject(new PrecisError(message.code, message.message, { retriable: message.retriable }));
  }

  #failLoad(error: PrecisError): void {
    // If a damaged file is why the process failed, that is the error to report.
    this.#verified.then(() => this.#settleReady?.reject(error), this.#settleReady?.reject);
  }

  #fail(exit: ModelProcessExit): void {
    const died = () => new PrecisError("model_process_died", describeExit(this.#model, exit), { retriable: true });
    this.#failLoad(died());
    for (const { reject } of this.#pending.values()) reject(died());
  }
}
