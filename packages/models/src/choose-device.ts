import { access, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface DeviceChoice {
  device: "cpu" | "cuda";
  /** Why `auto` did not choose CUDA. */
  note?: string;
}

/** Where CUDA is looked for; tests give places of their own. */
export interface CudaPlaces {
  platform: string;
  arch: string;
  deviceFile: string;
  /** Folder with onnxruntime-node's `napi-v*` folders. */
  binaries: string;
}

const provider = "libonnxruntime_providers_cuda.so";

/**
 * Decides where models run. CUDA needs an NVIDIA device and onnxruntime's CUDA provider library, which the npm package
 * does not contain; both are looked for, nothing is loaded.
 *
 * @throws when `cuda` was asked for and is not there: what was looked for, what is missing, what to do.
 */
export async function chooseDevice(
  wanted: "cpu" | "cuda" | "auto",
  places: CudaPlaces = defaultPlaces(),
): Promise<DeviceChoice> {
  if (wanted === "cpu") return { device: "cpu" };
  const missing = await missingForCuda(places);
  if (missing.length === 0) return { device: "cuda" };
  const reason = `missing: ${missing.join("; ")}`;
  if (wanted === "auto") {
    return { device: "cpu", note: `DEVICE=auto: CUDA is not available (${reason}); models run on the CPU` };
  }
  throw new Error(
    `DEVICE=cuda, but CUDA is not available. Looked for an NVIDIA device and onnxruntime's CUDA provider; ${reason}. ` +
      "Install the NVIDIA driver, CUDA 12 and cuDNN 9, and run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false` " +
      "with internet access; or set DEVICE=cpu or DEVICE=auto.",
  );
}

async function missingForCuda({ platform, arch, deviceFile, binaries }: CudaPlaces): Promise<string[]> {
  if (platform !== "linux" || arch !== "x64") {
    return [`a platform onnxruntime-node supports CUDA on (linux x64; this is ${platform} ${arch})`];
  }
  const missing: string[] = [];
  if (!(await exists(deviceFile))) missing.push(`an NVIDIA device (${deviceFile})`);
  const versions = await readdir(binaries).catch(() => []);
  const candidates = versions.map((version) => join(binaries, version, "linux", "x64", provider));
  if (!(await Promise.all(candidates.map(exists))).includes(true)) {
    missing.push(`onnxruntime's CUDA provider (${provider} in ${binaries})`);
  }
  return missing;
}

function defaultPlaces(): CudaPlaces {
  return {
    platform: process.platform,
    arch: process.arch,
    deviceFile: "/dev/nvidia0",
    binaries: join(runtimeFolder(), "bin"),
  };
}

/** Found as the package that runs models finds it; nothing of it is loaded here. */
function runtimeFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..");
  } catch {
    return "node_modules/onnxruntime-node";
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
