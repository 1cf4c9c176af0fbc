import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Which addresses webhooks may be sent to. */
export interface AddressPolicy {
  /** Whether any network beyond the public internet was opened. */
  readonly opened: boolean;
  /**
   * What an address is: `opened` by the operator, `public`, or `refused`. Whatever is no address is refused.
   * IPv4 in IPv6 (mapped, NAT64) is judged by the IPv4 address inside.
   */
  judge(address: string): "opened" | "public" | "refused";
}

/** Global unicast: everything else in IPv6 is special, or not given out yet. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");
const nat64 = ipaddr.parseCIDR("64:ff9b::/96");
/** Azure's metadata and platform address, public by its number only. */
const platformAddresses = new Set(["168.63.129.16"]);

/** @param networks in CIDR form, opened although they are not public */
export function createAddressPolicy(networks: readonly string[]): AddressPolicy {
  const opened = networks.map((network) => {
    const [address, prefix] = ipaddr.parseCIDR(network);
    return { address, prefix };
  });
  return {
    opened: opened.length > 0,
    judge: (text) => {
      if (isIP(text) === 0) return "refused";
      const address = unwrap(ipaddr.parse(text));
      const isOpened = opened.some((network) => network.address.kind() === address.kind() && matches(address, network));
      if (isOpened) return "opened";
      return isPublic(address) ? "public" : "refused";
    },
  };
}

function unwrap(address: Address): Address {
  if (address.kind() === "ipv4") return address;
  const six = address as ipaddr.IPv6;
  if (six.isIPv4MappedAddress()) return six.toIPv4Address();
  if (six.match(nat64)) return new ipaddr.IPv4(six.toByteArray().slice(12));
  return six;
}

function matches(address: Address, network: { address: Address; prefix: number }): boolean {
  return address.kind() === "ipv4"
    ? (address as ipaddr.IPv4).match(network.address as ipaddr.IPv4, network.prefix)
    : (address as ipaddr.IPv6).match(network.address as ipaddr.IPv6, network.prefix);
}

function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  if (address.kind() === "ipv4") return !platformAddresses.has(address.toString());
  return (address as ipaddr.IPv6).match(globalUnicast);
}
