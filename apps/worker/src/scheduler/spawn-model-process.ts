import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  type IpcRequest,
  type IpcResponse,
  ipcProtocol,
  ipcResponsesSchema,
  type ModelName,
  PrecisError,
} from "@precis/contracts";
import { deadlineExceeded } from "@precis/queue";
import {
  describeExit,
  type LoadSettings,
  type ModelProcess,
  type ModelProcessExit,
  type SummarizeTask,
} from "./model-process.js";
import { readActivity } from "./read-activity.js";
import { createWatchdog, watch } from "./watchdog.js";

const entry = fileURLToPath(new URL("../model-process/main.js", import.meta.url));

/** A model process that does not go on SIGTERM within this time is killed. */
const endGraceMs = 3_000;

export interface SpawnOptions {
  settings: LoadSettings;
  /** Memory is worth more than milliseconds. */
  large: boolean;
  loadTimeoutMs: number;
  /** A process that has something to do and does nothing for this long is killed. */
  hangTimeoutMs: number;
  /** Most tokens of a text that are encoded in one run. */
  contextLength: number;
  /** Compares the model's files with their hashes; no job runs before it has resolved. */
  verify(): Promise<void>;
  /** Told how many texts are generated together whenever some have joined. */
  onBatch?(texts: number): void;
  /** It does not respond, or does so again. */
  onResponding?(isResponding: boolean): void;
  /** Called once per load for each network that runs slower than it could, with the reason. */
  onNote?(note: string): void;
}

interface Pending {
  task: SummarizeTask;
  resolve(value: Extract<IpcResponse, { type: "result" }>): void;
  reject(error: Error): void;
}

/** Starts the process of a model and speaks to it over IPC; whatever it sends is parsed once, here. */
export function spawnModelProcess(model: ModelName, options: SpawnOptions): ModelProcess {
  const mappedFrom = options.large ? 262_144 : 33_554_432;
  const child = fork(entry, [], {
    serialization: "advanced",
    execArgv: ["--max-semi-space-size=2"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // Read by native code at load time, so it must be in the real environment. One malloc arena per thread would keep
    // tens of megabytes of freed memory.
    // onnxruntime repacks every weight while it loads. Left alone, glibc raises the size from which it maps blocks to that
    // of what was freed, and keeps the freed ones: 200 MB with the shape of bart-large-cnn. Mapping anew takes time, which
    // shows where runs are short (a tenth of a step with 32 rows), so those of small models are kept.
    env: {
      ...process.env,
      ORT_DISABLE_TELEMETRY: "1",
      MALLOC_ARENA_MAX: "2",
      MALLOC_MMAP_THRESHOLD_: String(mappedFrom),
    },
  });
  const pending = new Map<string, Pending>();
  let lastRequest = 0;
  const send = (request: IpcRequest) => {
    // A failed write means the process is going; its exit event settles whatever waits.
    if (child.connected) child.send(request, () => {});
  };

  let hang: string | undefined;
  const exited = new Promise<ModelProcessExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal, ...(hang === undefined ? {} : { hang }) }));
    child.once("error", () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  let settleReady: { resolve(value: { loadMs: number }): void; reject(error: Error): void } | undefined;
  const ready = new Promise<{ loadMs: number }>((resolve, reject) => {
    settleReady = { resolve, reject };
  });
  ready.catch(() => {});
  const deadline = setTimeout(() => {
    const message = `the ${model} model was not loaded within ${options.loadTimeoutMs} ms (MODEL_LOAD_TIMEOUT)`;
    settleReady?.reject(new PrecisError("model_load_failed", message, { retriable: true }));
  }, options.loadTimeoutMs);
  ready.finally(() => clearTimeout(deadline)).catch(() => {});

  // While the process loads, not before: on two cores the hashes of the files cost no time.
  const verified = options.verify();
  const failed = (error: PrecisError) => {
    // A damaged file may have brought the process down: then that is the reason.
    verified.then(() => settleReady?.reject(error), settleReady?.reject);
  };
  verified.catch((error) => settleReady?.reject(error));

  let isLoading = true;
  const watchdog = createWatchdog({
    timeoutMs: options.hangTimeoutMs,
    isLoading: () => isLoading,
    isRunning: () => pending.size > 0,
    // A token is at least a byte of the text.
    passTokens: () => {
      const longest = Math.max(0, ...[...pending.values()].map(({ task }) => task.text.length));
      return Math.min(options.contextLength, 4 * longest);
    },
    // A process that waits for a GPU need not use the CPU.
    readActivity: () => {
      return child.pid === undefined || options.settings.device !== "cpu" ? undefined : readActivity(child.pid);
    },
    ping: () => send({ type: "ping" }),
  });
  const stopWatching = watch(watchdog, {
    onChange: (isResponding) => options.onResponding?.(isResponding),
    onHang: (how) => {
      hang = how;
      // SIGTERM does not reach a process that is stopped.
      child.kill("SIGKILL");
    },
  });
  void exited.then(stopWatching);

  const receive = (message: IpcResponse) => {
    if (message.type === "heartbeat") return;
    if (message.type === "ready") {
      isLoading = false;
      const { loadMs } = message;
      for (const note of message.notes ?? []) options.onNote?.(note);
      verified.then(
        () => settleReady?.resolve({ loadMs }),
        () => {},
      );
      return;
    }
    if (message.type === "load-failed") {
      isLoading = false;
      failed(new PrecisError(message.code, message.message));
      return;
    }
    if (message.type === "batch") {
      options.onBatch?.(message.texts);
      return;
    }
    const request = pending.get(message.requestId);
    if (request === undefined) return;
    if (message.type === "progress") request.task.onProgress(message.progress);
    else if (message.type === "partial") request.task.partials?.write(message.text);
    else if (message.type === "result") request.resolve(message);
    else if (message.type === "error") {
      request.reject(new PrecisError(message.code, message.message, { retriable: message.retriable }));
    }
  };
  child.on("message", (raw) => {
    watchdog.heard();
    const parsed = ipcResponsesSchema.safeParse(raw);
    if (parsed.success) parsed.data.forEach(receive);
    else settleReady?.reject(new PrecisError("model_load_failed", "the model process speaks another protocol"));
  });
  void exited.then((exit) => {
    const died = () => new PrecisError("model_process_died", describeExit(model, exit), { retriable: true });
    failed(died());
    for (const request of pending.values()) request.reject(died());
  });

  send({ type: "load", protocol: ipcProtocol, model, ...options.settings });

  return {
    pid: child.pid ?? 0,
    get isResponding() {
      return watchdog.isResponding;
    },
    ready,
    exited,
    summarize: async (task) => {
      if (task.startBy !== undefined && Date.now() > task.startBy) throw deadlineExceeded(task.startBy);
      lastRequest += 1;
      const requestId = String(lastRequest);
      const forget = task.partials?.onChange((on) => send({ type: "stream", requestId, on }));
      const cancel = () => send({ type: "cancel", requestId });
      try {
        return await new Promise((resolve, reject) => {
          pending.set(requestId, { task, resolve, reject });
          task.signal.addEventListener("abort", cancel, { once: true });
          send({
            type: "summarize",
            requestId,
            text: task.text,
            ...(task.maxLength === undefined ? {} : { maxLength: task.maxLength }),
            ...(task.minLength === undefined ? {} : { minLength: task.minLength }),
            ...(task.numBeams === undefined ? {} : { numBeams: task.numBeams }),
            stream: task.partials?.wanted ?? false,
            ...(task.trace === undefined ? {} : { trace: task.trace }),
          });
          if (task.signal.aborted) cancel();
        });
      } finally {
        pending.delete(requestId);
        forget?.();
        task.signal.removeEventListener("abort", cancel);
      }
    },
    end: () => {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), endGraceMs);
      void exited.then(() => clearTimeout(kill));
    },
  };
}
