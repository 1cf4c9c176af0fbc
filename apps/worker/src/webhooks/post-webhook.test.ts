import type { LookupAddress, LookupOptions } from "node:dns";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAddressPolicy } from "@precis/webhooks";
import { afterEach, describe, expect, it } from "vitest";
import { maxResponseBytes, type PostOptions, postWebhook } from "./post-webhook.js";

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

/** Resolves each lookup to the next list of addresses, and all later ones to the last list. */
function lookupOf(...results: string[][]) {
  let lookups = 0;
  const lookup = (
    _name: string,
    _options: LookupOptions,
    callback: (error: null, addresses: LookupAddress[]) => void,
  ) => {
    const addresses = results[Math.min(lookups, results.length - 1)] ?? [];
    lookups += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { lookup: lookup as unknown as NonNullable<PostOptions["lookup"]>, lookups: () => lookups };
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

describe("the addresses a webhook is sent to", () => {
  it("a name that resolves to an internal address is not connected to", async () => {
    const internal = await listen((_, response) => response.end("secret"));
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]) {
      const { lookup } = lookupOf([address]);
      expect(await post(`https://hooks.example:${internal.port}/`, [], { lookup })).toMatchObject({
        error: "address_not_allowed",
      });
    }
    expect(internal.calls()).toBe(0);
  });

  it("the address that was checked is the one connected to: a name is resolved once (DNS rebinding)", async () => {
    const opened = await listen((_, response) => response.end("hello"));
    const { lookup, lookups } = lookupOf(["127.0.0.1"], ["169.254.169.254"]);
    const response = await post(`http://hooks.example:${opened.port}/`, ["127.0.0.1/32"], { lookup });
    expect(response).toEqual({ status: 200, responseBody: "hello" });
    expect(lookups()).toBe(1);
  });

  it("of a name with internal and permitted addresses only the permitted ones are used", async () => {
    const opened = await listen((_, response) => response.end());
    const { lookup } = lookupOf(["169.254.169.254", "10.0.0.1", "127.0.0.1"]);
    const response = await post(`http://hooks.example:${opened.port}/`, ["127.0.0.1/32"], { lookup });
    expect(response).toMatchObject({ status: 200 });
  });

  it("an internal address is refused in every spelling", async () => {
    const internal = await listen((_, response) => response.end());
    for (const host of ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "[::ffff:7f00:1]"]) {
      expect(await post(`https://${host}:${internal.port}/`, [])).toMatchObject({ error: "address_not_allowed" });
    }
    expect(internal.calls()).toBe(0);
  });

  it("a public address is not connected to over plain http", async () => {
    const { lookup } = lookupOf(["1.1.1.1"]);
    expect(await post("http://hooks.example/", ["127.0.0.1/32"], { lookup })).toMatchObject({
      error: "address_not_allowed",
    });
  });
});

describe("the response of an endpoint", () => {
  const open = ["127.0.0.1/32"];

  it("a redirect is not followed", async () => {
    const target = await listen((_, response) => response.end());
    const moved = await listen((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    expect(await post(`http://127.0.0.1:${moved.port}/`, open)).toMatchObject({ status: 302 });
    expect(target.calls()).toBe(0);
  });

  it("is read up to its first 16 KiB", async () => {
    const { port } = await listen((_, response) => response.end("x".repeat(10_000_000)));
    const response = await post(`http://127.0.0.1:${port}/`, open);
    expect(response).toEqual({ status: 200, responseBody: "x".repeat(maxResponseBytes) });
  });

  it("that never ends counts as far as it arrived before the timeout", async () => {
    const { port } = await listen((_, response) => response.writeHead(200).write("so far"));
    const response = await post(`http://127.0.0.1:${port}/`, open, { timeoutMs: 300 });
    expect(response).toEqual({ status: 200, responseBody: "so far" });
  });

  it("that never arrives has an error code instead", async () => {
    const silent = await listen(() => {});
    expect(await post(`http://127.0.0.1:${silent.port}/`, open, { timeoutMs: 200 })).toMatchObject({
      error: "timeout",
    });
    expect(await post("http://127.0.0.1:1/", open)).toMatchObject({ error: "connection" });
    expect(await post(`https://127.0.0.1:${silent.port}/`, open)).toMatchObject({ error: "tls" });
  });

  it("says in Retry-After when to try again", async () => {
    const { port } = await listen((_, response) => response.writeHead(503, { "retry-after": "7" }).end("later"));
    expect(await post(`http://127.0.0.1:${port}/`, open)).toEqual({
      status: 503,
      retryAfterMs: 7_000,
      responseBody: "later",
    });
  });
});
