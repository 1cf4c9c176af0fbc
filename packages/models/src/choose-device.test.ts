import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type CudaPlaces, chooseDevice } from "./choose-device.js";

let places: CudaPlaces;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "precis-cuda-"));
  places = { platform: "linux", arch: "x64", deviceFile: join(folder, "nvidia0"), binaries: folder };
});
afterEach(() => rm(places.binaries, { recursive: true, force: true }));

const install = async () => {
  const folder = join(places.binaries, "napi-v6", "linux", "x64");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "libonnxruntime_providers_cuda.so"), "");
};

it("cuda where it is missing is refused with what was looked for, what is missing and what to do", async () => {
  const refusal = chooseDevice("cuda", places);
  await expect(refusal).rejects.toThrow(/Looked for an NVIDIA device/);
  await expect(refusal).rejects.toThrow(/missing: an NVIDIA device.*CUDA provider/);
  await expect(refusal).rejects.toThrow(/set DEVICE=cpu or DEVICE=auto/);
  await install();
  await expect(chooseDevice("cuda", places)).rejects.toThrow(/missing: an NVIDIA device \([^;]*\)\. Install/);
});

it("auto falls back to the CPU and says why", async () => {
  expect(await chooseDevice("auto", { ...places, platform: "darwin" })).toEqual({
    device: "cpu",
    note: expect.stringContaining("linux x64; this is darwin x64"),
  });
});

it("cuda is chosen where device and library are there", async () => {
  await install();
  await writeFile(places.deviceFile, "");
  expect(await chooseDevice("auto", places)).toEqual({ device: "cuda" });
});

it("looks in the onnxruntime that is installed here", async () => {
  await expect(chooseDevice("cuda")).rejects.toThrow(/onnxruntime-node/);
});
