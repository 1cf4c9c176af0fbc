import type { LookupAddress, LookupOptions } from "node:dns";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAddressPolicy } from "@precis/webhooks";
import { afterEach, describe, expect, it } from "vitest";
import { answerLimitBytes, type PostOptions, postWebhook } from "./post-webhook.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(listener: RequestListener): Promise<{ port: number; calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, calls: () => calls };
}

/** Answers each look-up with the next of these addresses, and the last for ever. */
function lookupOf(...answers: string[][]) {
  let asked = 0;
  const lookup = (
    _name: string,
    _options: LookupOptions,
    callback: (error: null, addresses: LookupAddress[]) => void,
  ) => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookup: lookup as unknown as NonNullable<PostOptions["lookup"]>, asked: () => asked };
}

const post = (url: string, networks: string[], rest: Partial<PostOptions> = {}) =>
  postWebhook({
    url,
    headers: { "content-type": "application/json" },
    body: "{}",
    timeoutMs: 1_000,
    policy: createAddressPolicy(networks),
    ...rest,
  });

describe("where a webhook may go", () => {
  it("a name that is an inner address when it is called reaches nobody", async () => {
    const inner = await listen((_, response) => response.end("secret"));
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]) {
      const { lookup } = lookupOf([address]);
      expect(await post(`https://hooks.example:${inner.port}/`, [], { lookup })).toMatchObject({
        fault: "address_not_allowed",
      });
    }
    expect(inner.calls()).toBe(0);
  });

  it("the address that was checked is the one that is called: a rebinding name gets no second look", async () => {
    const opened = await listen((_, response) => response.end("hello"));
    const { lookup, asked } = lookupOf(["127.0.0.1"], ["169.254.169.254"]);
    const answer = await post(`http://hooks.example:${opened.port}/`, ["127.0.0.1/32"], { lookup });
    expect(answer).toEqual({ status: 200, responseBody: "hello" });
    expect(asked()).toBe(1);
  });

  it("of a name with inner and permitted addresses only the permitted are called", async () => {
    const opened = await listen((_, response) => response.end());
    const { lookup } = lookupOf(["169.254.169.254", "10.0.0.1", "127.0.0.1"]);
    const answer = await post(`http://hooks.example:${opened.port}/`, ["127.0.0.1/32"], { lookup });
    expect(answer).toMatchObject({ status: 200 });
  });

  it("an inner address is refused in whatever way it is written", async () => {
    const inner = await listen((_, response) => response.end());
    for (const host of ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "[::ffff:7f00:1]"]) {
      expect(await post(`https://${host}:${inner.port}/`, [])).toMatchObject({ fault: "address_not_allowed" });
    }
    expect(inner.calls()).toBe(0);
  });

  it("a public address is not called over plain http", async () => {
    const { lookup } = lookupOf(["1.1.1.1"]);
    expect(await post("http://hooks.example/", ["127.0.0.1/32"], { lookup })).toMatchObject({
      fault: "address_not_allowed",
    });
  });
});

describe("what is read of an answer", () => {
  const open = ["127.0.0.1/32"];

  it("a redirect is an answer, and is not followed", async () => {
    const target = await listen((_, response) => response.end());
    const moved = await listen((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    expect(await post(`http://127.0.0.1:${moved.port}/`, open)).toMatchObject({ status: 302 });
    expect(target.calls()).toBe(0);
  });

  it("no more than its first 16 KiB", async () => {
    const { port } = await listen((_, response) => response.end("x".repeat(10_000_000)));
    const answer = await post(`http://127.0.0.1:${port}/`, open);
    expect(answer).toEqual({ status: 200, responseBody: "x".repeat(answerLimitBytes) });
  });

  it("what came before the deadline, of one that never ends", async () => {
    const { port } = await listen((_, response) => response.writeHead(200).write("so far"));
    const answer = await post(`http://127.0.0.1:${port}/`, open, { timeoutMs: 300 });
    expect(answer).toEqual({ status: 200, responseBody: "so far" });
  });

  it("nothing of one that does not come, and why", async () => {
    const silent = await listen(() => {});
    expect(await post(`http://127.0.0.1:${silent.port}/`, open, { timeoutMs: 200 })).toMatchObject({
      fault: "timeout",
    });
    expect(await post("http://127.0.0.1:1/", open)).toMatchObject({ fault: "connection" });
    expect(await post(`https://127.0.0.1:${silent.port}/`, open)).toMatchObject({ fault: "tls" });
  });

  it("when it wishes to be called again", async () => {
    const { port } = await listen((_, response) => response.writeHead(503, { "retry-after": "7" }).end("later"));
    expect(await post(`http://127.0.0.1:${port}/`, open)).toEqual({
      status: 503,
      retryAfterMs: 7_000,
      responseBody: "later",
    });
  });
});
