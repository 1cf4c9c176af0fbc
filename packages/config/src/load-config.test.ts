import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "./load-config.js";

describe("loadConfig", () => {
  it("gives every default when nothing is set", () => {
    const config = loadConfig({});
    expect(config.port).toBe(8000);
    expect(config.host).toBe("127.0.0.1");
    expect(config.modelIdleTtlMs).toBe(300_000);
    expect(config.preload).toEqual([]);
    expect(config.redisUrl).toBeUndefined();
  });

  it("counts an empty variable as absent", () => {
    expect(loadConfig({ PORT: "", REDIS_URL: " " }).port).toBe(8000);
  });

  it("reads durations, sizes, flags and lists", () => {
    const config = loadConfig({ MODEL_IDLE_TTL: "-1", MEMORY_LIMIT: "1.5GiB", RELOAD: "TRUE", PRELOAD: "t5, bart" });
    expect(config.modelIdleTtlMs).toBe(-1);
    expect(config.memoryLimitBytes).toBe(1.5 * 2 ** 30);
    expect(config.reload).toBe(true);
    expect(config.preload).toEqual(["t5", "bart"]);
  });

  it("names every fault at once, with what was given and what is allowed", () => {
    const attempt = () => loadConfig({ PORT: "80000", DEVICE: "tpu", MEMORY_LIMIT: "lots", REDIS_URL: "http://x" });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/PORT=80000: must be a whole number from 0 to 65535/);
    expect(attempt).toThrow(/DEVICE=tpu: must be one of cpu, cuda, auto/);
    expect(attempt).toThrow(/MEMORY_LIMIT=lots: must be a size/);
    expect(attempt).toThrow(/REDIS_URL=http:\/\/x: must begin with/);
  });
});
