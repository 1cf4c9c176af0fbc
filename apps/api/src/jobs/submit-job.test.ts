import { openKeyStore } from "@precis/auth";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestServices, type Submit, type TestServices } from "../testing/serve-app.js";

let test: TestServices;

beforeAll(async () => {
  test = await openTestServices({ TEXT_MAX_BYTES: "5kB", WEBHOOK_ALLOW_NETWORKS: "127.0.0.0/8" });
});
afterAll(() => test.close());

const json = { "content-type": "application/json" };
const valid = JSON.stringify({ text: "A text to summarize." });
const withOptions = JSON.stringify({
  text: "Ein Text über Züge.",
  model: "t5",
  max_length: 30,
  priority: 2,
  ttl: "2h",
  deadline: 60,
  metadata: { page: "ü" },
});
const webhook = JSON.stringify({ text: "A text.", webhook: { url: "https://127.0.0.1:9/hook" } });

describe("a submission is accepted:", () => {
  let submit: Submit;
  beforeAll(async () => {
    submit = await test.serveSubmissions();
  });

  it.each<[what: string, headers: Record<string, string>, body: string]>([
    ["a text", json, valid],
    ["with options", { "content-type": "application/JSON; charset=utf-8" }, withOptions],
    ["with a byte order mark", json, `\ufeff${valid}`],
    ["with a request id", { ...json, "x-request-id": "order-17" }, valid],
    ["with an unusable request id", { ...json, "x-request-id": "a b" }, valid],
    ["with a webhook", json, webhook],
    ["behind a proxy that strips a prefix", { ...json, "x-forwarded-prefix": "/precis" }, valid],
    ["with a body of unknown length", { ...json, "transfer-encoding": "chunked" }, valid],
  ])("%s", async (_, headers, body) => {
    const response = await submit(headers, body);
    expect(response.status).toBe(202);
    const id = String(response.body.id);
    expect(response.headers.location).toBe(`${headers["x-forwarded-prefix"] ?? ""}/api/v1/jobs/${id}`);
    const job = await test.services.queue.read(id);
    const given = JSON.parse(body.replace("\ufeff", ""));
    expect(job?.data).toMatchObject({
      model: given.model ?? "bart",
      textBytes: Buffer.byteLength(given.text),
      requestId: response.headers["x-request-id"],
    });
    expect(job?.data.priority).toBe(given.priority);
    expect(job?.data.metadata).toEqual(given.metadata);
    expect(job?.data.webhook?.url).toBe(given.webhook?.url);
    expect(await test.redis.redis.get(test.services.keys.text(id))).toBe(given.text);
    if (headers["x-request-id"] === "order-17") expect(response.headers["x-request-id"]).toBe("order-17");
    else expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

it("API keys: a missing, unknown or insufficient one is rejected, and the owner of a valid one is stored", async () => {
  const store = openKeyStore(test.redis.redis, test.services.keys);
  const submit = await test.serveSubmissions({ config: { ...test.services.config, auth: "keys" } });
  const submitter = await store.create({ role: "submit", name: "submitter", owner: "somebody" });
  const reader = await store.create({ role: "read", name: "reader" });
  const bearer = (key: string) => ({ ...json, authorization: `Bearer ${key}` });
  const rejected = [
    await submit(json, valid),
    await submit(bearer(`precis_00000000_${"0".repeat(32)}`), valid),
    await submit({ ...json, cookie: "precis_session=none", "sec-fetch-site": "same-origin" }, valid),
    await submit(bearer(reader.token), valid),
  ];
  expect(rejected.map(({ status }) => status)).toEqual([401, 401, 401, 403]);
  expect(rejected[0]?.headers["www-authenticate"]).toContain("Bearer");
  for (const headers of [bearer(submitter.token), { ...json, "x-api-key": submitter.token }]) {
    const response = await submit(headers, valid);
    expect(response.status).toBe(202);
    expect((await test.services.queue.read(String(response.body.id)))?.data.owner).toBe("somebody");
  }
  await store.revoke(submitter.record.prefix);
  await store.revoke(reader.record.prefix);
});

it("an accepted submission is counted once and logged with request and job, a rejected one is not counted", async () => {
  let accepted = 0;
  const count = (jobs: number) => {
    accepted += jobs;
  };
  const load = { ...test.services.load, accepted: count };
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const submit = await test.serveSubmissions({ load, log });
  const { headers, body } = await submit(json, valid);
  await submit(json, "[]");
  expect(accepted).toBe(1);
  expect(lines).toHaveLength(2);
  const line = { method: "POST", path: "/api/v1/summarize" };
  expect(lines[0]).toMatchObject({ ...line, job: body.id, request: headers["x-request-id"], status: 202 });
  expect(lines[1]).toMatchObject({ ...line, status: 422 });
});
