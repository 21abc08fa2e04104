/**
 * Tells public addresses and names from those of machines and networks of one's own. Hosts come canonical from the WHATWG URL parser: `0x7f.1`,
 * `2130706433`, `①②⑦.0.0.1` and `127.0.0.1` are one and the same to it.
 *
 * @module
 */
import ipaddr from "ipaddr.js";

/** Names that mean a private machine or network wherever they are asked (RFC 6761, 6762, 8375; ICANN's `internal`; common routers and clouds). */
const PRIVATE_SUFFIXES = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "test",
  "invalid",
  "example",
  "onion",
  "svc",
] as const;

/** Public names that resolve to whatever address stands in them, or to the loopback address: ways around a check of names. */
const ECHO_SUFFIXES = [
  "nip.io",
  "sslip.io",
  "xip.io",
  "localtest.me",
  "lvh.me",
  "vcap.me",
  "lacolhost.com",
  "traefik.me",
] as const;

/** IPv6 networks that carry an IPv4 address inside, with the bit at which it starts. */
const EMBEDDED: readonly (readonly [network: string, bits: number, offset: number])[] = [
  // RFC 4291 §2.5.5: IPv4-compatible and IPv4-mapped.
  ["::", 96, 96],
  ["::ffff:0:0", 96, 96],
  // RFC 2765: IPv4-translated.
  ["::ffff:0:0:0", 96, 96],
  // RFC 6052 and RFC 8215: NAT64.
  ["64:ff9b::", 96, 96],
  ["64:ff9b:1::", 48, 96],
  // RFC 3056: 6to4.
  ["2002::", 16, 16],
];

/**
 * Why a host is not fetched from, in words, or `undefined` where it is public.
 *
 * @param hostname of a URL: canonical, IPv6 in brackets
 */
export function privateReason(hostname: string): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (ipaddr.isValid(host)) return addressReason(ipaddr.parse(host));
  if (host === "") return "the host is empty";
  if (!host.includes(".")) return `${host} is a name of a local network`;
  const local = PRIVATE_SUFFIXES.find((suffix) => isUnder(host, suffix));
  if (local !== undefined) return `names under ${local} are not public`;
  const echo = ECHO_SUFFIXES.find((suffix) => isUnder(host, suffix));
  return echo && `names under ${echo} resolve to any address`;
}

/** Whether a name is `suffix` or lies under it. */
export function isUnder(host: string, suffix: string): boolean {
  return host === suffix || host.endsWith(`.${suffix}`);
}

function addressReason(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  const range = address.range();
  if (address instanceof ipaddr.IPv4) {
    return range === "unicast" ? undefined : `${address} is a ${rangeName(range)} address`;
  }
  for (const [network, bits, offset] of EMBEDDED) {
    if (!address.match(ipaddr.IPv6.parse(network), bits)) continue;
    const inner = new ipaddr.IPv4(address.toByteArray().slice(offset / 8, offset / 8 + 4));
    const why = inner.range() === "unicast" ? "" : `, a ${rangeName(inner.range())} address`;
    return `${address} carries the IPv4 address ${inner}${why}`;
  }
  if (range !== "unicast") return `${address} is a ${rangeName(range)} address`;
  // IANA has given out 2000::/3 alone as global unicast.
  return address.match(ipaddr.IPv6.parse("2000::"), 3) ? undefined : `${address} is not a public address`;
}

/** `carrierGradeNat` as words. */
function rangeName(range: string): string {
  return range.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
