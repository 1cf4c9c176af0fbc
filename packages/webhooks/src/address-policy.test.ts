import { describe, expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.js";

describe("the address policy", () => {
  const closed = createAddressPolicy([]);

  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "4000::1",
    "not-an-address",
    "",
  ])("refuses %s", (address) => expect(closed.classify(address)).toBe("refused"));

  it.each(["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])(
    "accepts %s as public",
    (address) => expect(closed.classify(address)).toBe("public"),
  );

  it("permits only the networks the operator opened, in every spelling", () => {
    const policy = createAddressPolicy(["10.2.0.0/16", "fd00::/8", "127.0.0.1/32"]);
    expect(["10.2.3.4", "::ffff:10.2.3.4", "fd00::1", "127.0.0.1"].map(policy.classify)).toEqual(
      Array(4).fill("opened"),
    );
    expect(["10.3.0.1", "127.0.0.2", "fc00::1", "::1"].map(policy.classify)).toEqual(Array(4).fill("refused"));
  });
});
