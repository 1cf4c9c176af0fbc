import { expect, it } from "vitest";
import { addressOf } from "./address.js";

it("sends a server name with TLS, but no IP address as one", () => {
  expect(addressOf("rediss://cache.example:6380").tls).toEqual({ servername: "cache.example" });
  expect(addressOf("rediss://10.0.0.1").tls).toEqual({});
  expect(addressOf("rediss://[::1]").tls).toEqual({});
  expect(addressOf("redis://cache.example").tls).toBeUndefined();
});

it("what is wrong with an address is said without the address", () => {
  const attempt = () => addressOf("redis://:hun/ter2@host");
  expect(attempt).toThrow(/percent-encoded/);
  expect(attempt).not.toThrow(/ter2/);
});
