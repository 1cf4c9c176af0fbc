import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../model-process/main.js", import.meta.url));

/** Blocks of this size and more are mapped, in bytes, and so returned to the system when they are freed. */
const mapFromBytes = { small: 33_554_432, large: 262_144 };

/**
 * Forks a model process, with memory settings that native code reads when it is loaded, so they must be in its real environment.
 *
 * One malloc arena per thread would keep tens of megabytes of freed memory. And onnxruntime repacks every weight while it loads: by
 * default glibc raises the size from which it maps blocks to that of the freed ones, and keeps those: 200 MB with the shape of
 * bart-large-cnn. Mapping costs time, a tenth of a step with 32 sequences, so the blocks of small models are kept.
 */
export function forkModelProcess(size: "small" | "large"): ChildProcess {
  return fork(entry, [], {
    serialization: "advanced",
    execArgv: ["--max-semi-space-size=2"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      ...process.env,
      ORT_DISABLE_TELEMETRY: "1",
      MALLOC_ARENA_MAX: "2",
      MALLOC_MMAP_THRESHOLD_: String(mapFromBytes[size]),
    },
  });
}
