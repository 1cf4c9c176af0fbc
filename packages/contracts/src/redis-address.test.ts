import { describe, expect, it } from "vitest";
import { parseRedisAddress } from "./redis-address.js";

describe("parseRedisAddress", () => {
  it.each([
    ["redis://host", { host: "host", port: 6379, tls: false, database: 0 }],
    ["rediss://host:6380/3", { host: "host", port: 6380, tls: true, database: 3 }],
    ["redis://host/3/", { host: "host", port: 6379, tls: false, database: 3 }],
    ["redis://host/?db=3", { host: "host", port: 6379, tls: false, database: 3 }],
    ["redis://host/3?db=3", { host: "host", port: 6379, tls: false, database: 3 }],
    ["redis://[::1]:7000/1", { host: "::1", port: 7000, tls: false, database: 1 }],
    ["redis://:pa%2Fss@host", { host: "host", port: 6379, tls: false, password: "pa/ss", database: 0 }],
    [
      "redis://us%40er:p@ss:word@host",
      { host: "host", port: 6379, tls: false, userName: "us@er", password: "p@ss:word", database: 0 },
    ],
    ["redis://:@host", { host: "host", port: 6379, tls: false, database: 0 }],
    ["/run/redis.sock", { path: "/run/redis.sock", database: 0 }],
    ["unix:///tmp/a#b%20c?d/redis.sock", { path: "/tmp/a#b%20c?d/redis.sock", database: 0 }],
    ["unix:///run/redis.sock?db=2", { path: "/run/redis.sock", database: 2 }],
    [
      "unix://app:secret@/run/redis.sock",
      { path: "/run/redis.sock", userName: "app", password: "secret", database: 0 },
    ],
  ])("%s", (text, address) => {
    expect(parseRedisAddress(text)).toEqual(address);
  });

  it.each([
    ["redis://:pa/secret@host", /percent-encoded/],
    ["redis://:pa?secret@host", /percent-encoded/],
    ["redis://:pa#secret@host", /percent-encoded/],
    ["redis://user:12/secret@host", /percent-encoded/],
    ["redis://:100%secret@host", /percent-encoded/],
    ["redis://:secret", /port from 1 to 65535/],
    ["redis://user:secret", /port/],
    ["redis://user@host", /password after its user name/],
    ["redis://host:0", /port/],
    ["redis://host:65536", /port/],
    ["redis://host:6379secret", /port/],
    ["redis://", /must have a host/],
    ["redis:///3", /must have a host/],
    ["redis://:secret@", /must have a host/],
    ["redis://:6379/0", /must have a host/],
    ["redis://::1:6379", /brackets/],
    ["redis://[::zz]", /IP address/],
    ["redis://6379", /host name/],
    ["redis://ho$t", /host name/],
    ["redis://host/abc", /whole number as its database/],
    ["redis://host/-1", /whole number/],
    ["redis://host/1.5", /whole number/],
    ["redis://host/1/2", /whole number/],
    ["redis://host/99999999999999999999", /whole number/],
    ["redis://host?db=", /whole number/],
    ["redis://host?db=-1", /whole number/],
    ["redis://host/1?db=2", /one database/],
    ["redis://host?family=6", /not family/],
    ["redis://host?password=secret", /not password/],
    ["redis://host#3", /fragment/],
    ["redis://ho st", /spaces/],
    ["redis://host\n", /spaces or control/],
    ["redis://:se\tcret@host", /spaces or control/],
    ["redis-sentinel://host:26379/mymaster", /Sentinel is not supported/],
    ["redis://h1:6379,h2:6379", /one host/],
    ["http://host:secret", /must begin with redis/],
    ["host:6379", /must begin with redis/],
    ["unix://run/redis.sock", /absolute path/],
    ["unix:///run/redis.sock?db=x", /whole number/],
    ["unix:///run/redis.sock?password=secret", /not password/],
  ])("refuses %j without repeating it", (text, issue) => {
    const parsed = parseRedisAddress(text);
    expect(parsed).toEqual({ issue: expect.stringMatching(issue) });
    expect(JSON.stringify(parsed)).not.toContain("secret");
  });
});
