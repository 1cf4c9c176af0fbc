import { access, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface DeviceChoice {
  device: "cpu" | "cuda";
  /** Why `auto` did not choose CUDA. */
  note?: string;
}

/**
 * Decides where models run. CUDA needs an NVIDIA device and onnxruntime's CUDA provider library, which the npm package
 * does not contain; both are looked for, nothing is loaded.
 *
 * @throws when `cuda` was asked for and is not there: what was looked for, what is missing, what to do.
 */
export async function chooseDevice(wanted: "cpu" | "cuda" | "auto"): Promise<DeviceChoice> {
  if (wanted === "cpu") return { device: "cpu" };
  const missing = await missingForCuda();
  if (missing.length === 0) return { device: "cuda" };
  const reason = `not found: ${missing.join("; ")}`;
  if (wanted === "auto") return { device: "cpu", note: `CUDA is not available (${reason}); running on the CPU` };
  throw new Error(
    `DEVICE=cuda, but CUDA is not available. ${reason}. Install the NVIDIA driver and run \`npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12\` with internet access, or set DEVICE=cpu or DEVICE=auto.`,
  );
}

async function missingForCuda(): Promise<string[]> {
  const missing: string[] = [];
  if (process.platform !== "linux" || process.arch !== "x64") {
    return [`a platform onnxruntime-node supports CUDA on (linux x64; this is ${process.platform} ${process.arch})`];
  }
  if (!(await exists("/dev/nvidia0"))) missing.push("an NVIDIA device (/dev/nvidia0)");
  const library = "libonnxruntime_providers_cuda.so";
  const main = createRequire(import.meta.resolve("@precis/inference")).resolve("onnxruntime-node");
  const binaries = join(dirname(main), "..", "bin");
  const napi = (await readdir(binaries).catch(() => [])).at(0) ?? "napi-v6";
  if (!(await exists(join(binaries, napi, "linux", "x64", library)))) {
    missing.push(`onnxruntime's CUDA provider (${library} in node_modules/onnxruntime-node)`);
  }
  return missing;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
