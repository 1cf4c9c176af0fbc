import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig, loadProcessConfig, loadSettings } from "./load-config.js";
import { settings } from "./settings.js";

/** The issues of a configuration, none when it is valid. */
function issuesOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).issues;
  }
}

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

  it("reads durations, sizes, flags, lists and hosts", () => {
    const config = loadConfig({
      MODEL_IDLE_TTL: "-1",
      MEMORY_LIMIT: "1.5GiB",
      RELOAD: "TRUE",
      PRELOAD: "t5, bart",
      HOST: "[::1]",
    });
    expect(config.modelIdleTtlMs).toBe(-1);
    expect(config.memoryLimitBytes).toBe(1.5 * 2 ** 30);
    expect(config.reload).toBe(true);
    expect(config.preload).toEqual(["t5", "bart"]);
    expect(config.host).toBe("::1");
  });

  it("names every issue at once, with what was given and what is allowed", () => {
    const attempt = () => loadConfig({ PORT: "80000", DEVICE: "tpu", MEMORY_LIMIT: "lots", REDIS_URL: "http://x" });
    expect(attempt).toThrow(ConfigError);
    expect(issuesOf({ PORT: "80000", DEVICE: "tpu", MEMORY_LIMIT: "lots", REDIS_URL: "http://x" })).toEqual([
      "PORT must be a whole number from 0 to 65535 (got 80000)",
      "REDIS_URL must begin with redis://, rediss:// or unix://",
      "DEVICE must be one of cpu, cuda, auto (got tpu)",
      "MEMORY_LIMIT must be a size such as 512MB or 2GiB, between 100MB and 100TB (got lots)",
    ]);
  });

  it("names the bounds of a duration", () => {
    expect(issuesOf({ JOB_LOCK: "60d" })).toEqual(["JOB_LOCK must be between 1s and 1h (got 60d)"]);
    expect(issuesOf({ JOB_LOCK: "0s" })).toEqual(["JOB_LOCK must be between 1s and 1h (got 0s)"]);
    expect(issuesOf({ MODEL_IDLE_TTL: "30d" })).toEqual([
      "MODEL_IDLE_TTL must be between 0s and 7d, or -1 for never (got 30d)",
    ]);
  });

  it("every issue is one line, however the value looks", () => {
    const [issue = ""] = issuesOf({ LOG_LEVEL: `in\nfo\u001b[31m${"x".repeat(500)}` });
    expect(issue).toMatch(/^LOG_LEVEL must be one of/);
    expect(issue).not.toMatch(/[\u0000-\u001f]/);
    expect(issue.length).toBeLessThan(200);
  });

  it.each([
    ["HOST", "http://127.0.0.1"],
    ["HOST", "127.0.0.1:8000"],
    ["HOST", "300.1.1.1"],
    ["PORT", "0x50"],
    ["PORT", "1e3"],
    ["TEXT_MAX_BYTES", "0"],
    ["TEXT_MAX_BYTES", "10GB"],
    ["BATCH_MEMORY", "0"],
    ["MEMORY_LIMIT", "1"],
    ["MEMORY_LIMIT", "-1"],
    ["REDIS_MEMORY_MARK", "0"],
    ["RATE_LIMIT", "0/s"],
    ["RATE_LIMIT", "5/60d"],
    ["RATE_LIMIT", "99999999999/s"],
    ["WEBHOOK_SCHEDULE", "0s,60d"],
    ["WEBHOOK_SCHEDULE", Array(51).fill("1s").join(",")],
    ["PRECIS_URL", "127.0.0.1:8000"],
    ["PRECIS_KEY", "precis_a b"],
  ])("refuses %s=%s", (name, value) => {
    expect(issuesOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must `))]);
  });

  it("no duration overflows a timer, and none is so short that something spins", () => {
    const durations = Object.entries(settings).filter(([name]) => name.endsWith("Ms") && name !== "webhookScheduleMs");
    expect(durations.length).toBeGreaterThan(9);
    for (const [name, { env, schema }] of durations) {
      expect(issuesOf({ [env]: "1000000d" }), env).toHaveLength(1);
      const max = /to (\w+)/.exec(schema.description ?? "")?.[1] ?? "";
      const value = loadConfig({ [env]: max })[name as "jobLockMs"];
      // These are only ever an expiry in Redis.
      if (!/^(resultTtl|textTtl|webhookPauseAfter)/.test(name)) expect(value, env).toBeLessThan(2 ** 31);
    }
  });

  it.each([
    ["REDIS_URL", "redis://:hun/ter2@host"],
    ["REDIS_URL", "redis://:hunter2"],
    ["REDIS_URL", "hunter2"],
    ["REDIS_URL", "user:hunter2@host"],
    ["MODEL_HUB", "ftp://user:hunter2@hub"],
    ["MODEL_HUB", "https://user:hun/ter2@hub"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:hunter2@collector?x=hunter2"],
    ["PRECIS_URL", "http://user:hunter2@host"],
    ["WEBHOOK_SECRET", "whsec_hunter2"],
    ["PRECIS_KEY", "hunter2 hunter2"],
  ])("never repeats the secret in %s=%s", (name, value) => {
    const [issue = ""] = issuesOf({ [name]: value });
    expect(issue).toMatch(new RegExp(`^${name} must`));
    expect(issue).not.toMatch(/hun|ter2/);
  });
});

it("a process that was started by itself needs REDIS_URL", async () => {
  await expect(loadProcessConfig({})).rejects.toThrow(/^REDIS_URL must be set/);
  await expect(loadProcessConfig({ REDIS_URL: "redis://h" })).resolves.toMatchObject({ redisUrl: "redis://h" });
});

it("a command reads the settings it uses, whatever the others are", () => {
  expect(loadSettings({ PORT: "9000", DEVICE: "tpu" }, ["port", "apiUrl"])).toEqual({ port: 9000 });
  expect(() => loadSettings({ PORT: "x" }, ["port"])).toThrow(ConfigError);
});
