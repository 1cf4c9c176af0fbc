import { connect as openSocket } from "node:net";
import type { JobAccepted, Problem } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { connect, type Redis } from "@precis/redis";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const started: Precis[] = [];
const start = async (settings: Record<string, string>) => {
  const precis = await startPrecis({ WORKERS: "0", LOG_LEVEL: "silent", ...settings });
  started.push(precis);
  return precis;
};
const stopAll = () => Promise.all(started.splice(0).map((precis) => precis.stop()));

const submit = ({ url }: Precis, text = "A text to summarize.") =>
  fetch(`${url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
const problemOf = async (answer: Response) => {
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  return (await answer.json()) as Problem;
};

describe("size", () => {
  afterEach(stopAll);

  it("a body that says it is too large is refused before it is sent, one that turns out so as soon as it does", async () => {
    const precis = await start({ TEXT_MAX_BYTES: "1kB" });
    const large = await submit(precis, "x".repeat(1_001));
    expect([large.status, (await problemOf(large)).code]).toEqual([413, "payload_too_large"]);
    expect((await submit(precis, "x".repeat(1_000))).status).toBe(202);
    expect((await submit(precis, "x".repeat(100_000))).status).toBe(413);

    const { hostname, port } = new URL(precis.url);
    /** Sends the head of a request and `sent`, never the end, and tells the status line that came nevertheless. */
    const answerTo = (head: string, sent: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = openSocket(Number(port), hostname, () => {
          socket.write(`POST ${head}\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n${sent}`);
        });
        socket.once("data", (data) => {
          resolve(String(data).split("\r\n")[0] as string);
          socket.destroy();
        });
        socket.once("error", reject);
      });
    expect(await answerTo("/api/v1/summarize HTTP/1.1", "Content-Length: 99999999\r\n\r\n{")).toContain(" 413 ");
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    expect(await answerTo("/api/v1/summarize HTTP/1.1", `Transfer-Encoding: chunked\r\n\r\n${chunk}`)).toContain(
      " 413 ",
    );
    expect(await answerTo("/memory/unload HTTP/1.1", "Content-Length: 99999999\r\n\r\n{")).toContain(" 413 ");
    expect(await answerTo("/login HTTP/1.1", "Content-Length: 99999999\r\n\r\n{")).toContain(" 413 ");
    const long = await fetch(`${precis.url}/memory?${"x".repeat(20_000)}`);
    expect([long.status, (await problemOf(long)).code]).toEqual([431, "headers_too_large"]);
    expect(await answerTo("nonsense", "\u0000\r\n\r\n")).toContain(" 400 ");
  });
});

describe("rate", () => {
  afterEach(stopAll);

  it("is told in every answer, and past it requests get 429 until the window is over", async () => {
    const precis = await start({ RATE_LIMIT: "5/h" });
    const answers = [];
    for (let n = 0; n < 7; n += 1) answers.push(await submit(precis));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429, 429]);
    expect(answers[0]?.headers.get("ratelimit-policy")).toBe('"default";q=5;w=3600');
    expect(answers.map(({ headers }) => /r=(\d+);t=\d+$/.exec(headers.get("ratelimit") ?? "")?.[1])).toEqual([
      "4",
      "3",
      "2",
      "1",
      "0",
      "0",
      "0",
    ]);
    expect(Number(answers[6]?.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect((await problemOf(answers[6] as Response)).code).toBe("rate_limited");
    expect((await fetch(`${precis.url}/health`)).status).toBe(200);
  });
});

describe("depth", () => {
  afterEach(stopAll);

  it("past it submissions get 503 with a Retry-After, everything else goes on, and room is noticed", async () => {
    const precis = await start({ MAX_QUEUE_DEPTH: "3" });
    const answers = [];
    for (let n = 0; n < 5; n += 1) answers.push(await submit(precis));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 503, 503]);
    const full = answers[4] as Response;
    expect(Number(full.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await problemOf(full)).code).toBe("queue_full");
    const { links } = (await (answers[0] as Response).json()) as JobAccepted;
    expect((await fetch(precis.url + links.self)).status).toBe(200);

    precis.addWorker();
    await waitForState(
      () => submit(precis),
      ({ status }) => status === 202,
    );
  });

  it("a Redis short of memory counts as full, before and when it refuses", async () => {
    const precis = await start({});
    const redis = await connect(precis.redis.url, "request");
    const used = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
    await redis.config("SET", "maxmemory", used + 100_000);
    const refused = await waitForState(
      () => submit(precis),
      ({ status }) => status !== 202,
    );
    expect([refused.status, (await problemOf(refused)).code]).toEqual([503, "queue_full"]);
    await redis.config("SET", "maxmemory", 0);
    await waitForState(
      () => submit(precis),
      ({ status }) => status === 202,
    );
    redis.disconnect();
  });
});

describe("with Redis away", () => {
  let precis: Precis;
  let redis: Redis;
  const routes: [string, string][] = [
    ["POST", "/api/v1/summarize"],
    ["GET", "/api/v1/jobs"],
    ["GET", "/api/v1/jobs/job_1"],
    ["DELETE", "/api/v1/jobs/job_1"],
    ["GET", "/api/v1/jobs/job_1/events"],
    ["POST", "/api/v1/jobs/job_1/cancel"],
    ["POST", "/api/v1/batches"],
    ["GET", "/memory"],
    ["POST", "/memory/unload"],
    ["POST", "/memory/load"],
    ["GET", "/admin/queues/api/queues"],
    ["GET", "/metrics"],
    ["POST", "/login"],
    ["GET", "/ready"],
  ];
  const ask = async ([method, path]: [string, string]) => {
    const began = performance.now();
    const body = path === "/login" ? `key=precis_00000000_${"0".repeat(32)}` : '{"text":"A text."}';
    const type = path === "/login" ? "application/x-www-form-urlencoded" : "application/json";
    const answer = await fetch(precis.url + path, {
      method,
      headers: { "content-type": type },
      ...(method === "POST" ? { body } : {}),
    });
    // 800 ms are waited for Redis once, never twice; the rest is for a busy machine.
    return { path, status: answer.status, slow: performance.now() - began >= 1_500 };
  };

  beforeAll(async () => {
    precis = await start({ RATE_LIMIT: "100000/s" });
    redis = await connect(precis.redis.url, "request");
    return stopAll;
  });

  it("every route says so within a second, whether Redis hangs or is gone, and works again when it is back", async () => {
    const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
    process.kill(pid, "SIGSTOP");
    try {
      for (const route of routes) {
        expect(await ask(route)).toEqual({ path: route[1], status: 503, slow: false });
      }
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await waitForState(
      () => submit(precis),
      ({ status }) => status === 202,
    );
    redis.shutdown("NOSAVE").catch(() => {});
    await new Promise((resolve) => redis.once("close", resolve));
    redis.disconnect();
    for (const route of routes) {
      expect(await ask(route)).toEqual({ path: route[1], status: 503, slow: false });
    }
    expect((await fetch(`${precis.url}/health`)).status).toBe(200);
  });
});
