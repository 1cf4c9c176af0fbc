import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Decides which addresses webhooks may be sent to. */
export interface AddressPolicy {
  /** Whether the operator opened any network that is not public. */
  readonly hasOpened: boolean;
  /**
   * Says whether an address is `opened` by the operator, `public`, or `refused`, as is any text that is not an address. IPv4
   * inside IPv6 (mapped, NAT64) counts as the IPv4 address.
   */
  classify(address: string): "opened" | "public" | "refused";
}

/** Global unicast: all other IPv6 addresses are reserved for special purposes or not assigned. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");
const nat64 = ipaddr.parseCIDR("64:ff9b::/96");
/** Azure's metadata and platform address, which lies in a public range. */
const platformAddresses = new Set(["168.63.129.16"]);

/** @param networks in CIDR notation, permitted although they are not public */
export function createAddressPolicy(networks: readonly string[]): AddressPolicy {
  const opened = networks.map((network) => {
    const [address, prefix] = ipaddr.parseCIDR(network);
    return { address, prefix };
  });
  return {
    hasOpened: opened.length > 0,
    classify: (text) => {
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
