import { describe, expect, test } from "vitest";
import { checkUrl, type UrlPolicy } from "../../../../src/handlers/fetch-image/check-url.ts";

const policy: UrlPolicy = { allowHttp: false, hosts: [] };
const http: UrlPolicy = { allowHttp: true, hosts: [] };

/** Addresses that must not be fetched, each with what the refusal says. */
const HOSTILE: readonly (readonly [url: string, reason: RegExp])[] = [
  // The loopback address, in every notation of an IPv4 address.
  ["https://127.0.0.1/", /loopback/],
  ["https://127.0.0.1./", /loopback/],
  ["https://127.1/", /127\.0\.0\.1 is a loopback/],
  ["https://127.0.1/", /127\.0\.0\.1 is a loopback/],
  ["https://2130706433/", /127\.0\.0\.1 is a loopback/],
  ["https://0x7f000001/", /127\.0\.0\.1 is a loopback/],
  ["https://0x7f.0.0.1/", /loopback/],
  ["https://0x7F.1/", /loopback/],
  ["https://0177.0.0.1/", /127\.0\.0\.1 is a loopback/],
  ["https://017700000001/", /127\.0\.0\.1 is a loopback/],
  ["https://0177.0x0.00.1/", /loopback/],
  ["https://127.255.255.254/", /loopback/],
  ["https://①②⑦.⓪.⓪.①/", /127\.0\.0\.1 is a loopback/],
  ["https://１２７。０。０。１/", /127\.0\.0\.1 is a loopback/],
  ["https://%31%32%37.0.0.1/", /127\.0\.0\.1 is a loopback/],
  ["https:\\\\127.0.0.1\\", /loopback/],
  ["https:127.0.0.1", /loopback/],
  ["https://127.0.0.1\t/", /loopback/],
  ["https://12\n7.0.0.1/", /loopback/],
  ["https://0.0.0.0/", /unspecified/],
  ["https://0/", /unspecified/],
  ["https://0.1.2.3/", /unspecified/],
  // Metadata services and link-local addresses.
  ["https://169.254.169.254/latest/meta-data/", /link-local/],
  ["https://2852039166/", /169\.254\.169\.254 is a link-local/],
  ["https://0xA9FEA9FE/", /169\.254\.169\.254 is a link-local/],
  ["https://0251.0376.0251.0376/", /169\.254\.169\.254 is a link-local/],
  ["https://169.254.43518/", /169\.254\.169\.254 is a link-local/],
  ["https://169.254.170.2/", /link-local/],
  ["https://100.100.100.200/", /carrier-grade-nat/],
  ["https://192.0.0.192/", /reserved/],
  ["https://metadata.google.internal/", /under internal/],
  ["https://metadata/", /local network/],
  ["https://[fd00:ec2::254]/", /unique-local/],
  ["https://[fe80::a9fe:a9fe]/", /link-local/],
  // Private networks.
  ["https://10.0.0.1/", /private/],
  ["https://10.1/", /private/],
  ["https://167772161/", /10\.0\.0\.1 is a private/],
  ["https://172.16.0.1/", /private/],
  ["https://172.31.255.255/", /private/],
  ["https://192.168.0.1/", /private/],
  ["https://0xc0a80001/", /192\.168\.0\.1 is a private/],
  ["https://192.168.257/", /192\.168\.1\.1 is a private/],
  ["https://100.64.0.1/", /carrier-grade-nat/],
  ["https://198.18.0.1/", /reserved/],
  ["https://192.0.2.1/", /reserved/],
  ["https://203.0.113.9/", /reserved/],
  ["https://224.0.0.1/", /multicast/],
  ["https://240.0.0.1/", /reserved/],
  ["https://255.255.255.255/", /broadcast/],
  // IPv6, and IPv4 inside it.
  ["https://[::1]/", /127|loopback|carries/],
  ["https://[0:0:0:0:0:0:0:1]/", /::1/],
  ["https://[::]/", /::/],
  ["https://[::ffff:127.0.0.1]/", /carries the IPv4 address 127\.0\.0\.1, a loopback/],
  ["https://[::ffff:7f00:1]/", /carries the IPv4 address 127\.0\.0\.1, a loopback/],
  ["https://[0:0:0:0:0:ffff:169.254.169.254]/", /169\.254\.169\.254, a link-local/],
  ["https://[::ffff:8.8.8.8]/", /carries the IPv4 address 8\.8\.8\.8/],
  ["https://[::127.0.0.1]/", /127\.0\.0\.1, a loopback/],
  ["https://[::ffff:0:10.0.0.1]/", /10\.0\.0\.1, a private/],
  ["https://[64:ff9b::10.0.0.1]/", /10\.0\.0\.1, a private/],
  ["https://[64:ff9b:1::169.254.169.254]/", /169\.254\.169\.254, a link-local/],
  ["https://[2002:7f00:1::]/", /127\.0\.0\.1, a loopback/],
  ["https://[2002:a9fe:a9fe::1]/", /169\.254\.169\.254, a link-local/],
  ["https://[2001:0:7f00:1::]/", /teredo/],
  ["https://[fc00::1]/", /unique-local/],
  ["https://[fe80::1]/", /link-local/],
  ["https://[fec0::1]/", /site-local/],
  ["https://[ff02::1]/", /multicast/],
  ["https://[2001:db8::1]/", /reserved/],
  ["https://[100::1]/", /discard/],
  ["https://[4000::1]/", /not a public address/],
  ["https://[fe80::1%25eth0]/", /not an absolute URL/],
  // Names of one's own network, and names that resolve to any address.
  ["https://localhost/", /local network/],
  ["https://LOCALHOST./", /local network/],
  ["https://api.localhost/", /under localhost/],
  ["https://localhost.localdomain/", /under localdomain/],
  ["https://printer.local/", /under local/],
  ["https://vault.corp/", /under corp/],
  ["https://router.home.arpa/", /under home\.arpa/],
  ["https://kubernetes.default.svc/", /under svc/],
  ["https://intranet/", /local network/],
  ["https://127.0.0.1.nip.io/", /under nip\.io/],
  ["https://a9fea9fe.sslip.io/", /under sslip\.io/],
  ["https://localtest.me/", /under localtest\.me/],
  // Schemes, ports, credentials, and what is no address at all.
  ["http://images.edge-vision.dev/red.png", /http: is not fetched/],
  ["file:///etc/passwd", /file: is not fetched/],
  ["ftp://images.edge-vision.dev/", /ftp: is not fetched/],
  ["gopher://127.0.0.1:6379/_INFO", /gopher: is not fetched/],
  ["data:image/png;base64,AAAA", /data: is not fetched/],
  ["javascript:alert(1)", /javascript: is not fetched/],
  ["blob:https://images.edge-vision.dev/1", /blob: is not fetched/],
  ["ws://images.edge-vision.dev/", /ws: is not fetched/],
  ["https://user@images.edge-vision.dev/", /user name or password/],
  ["https://images.edge-vision.dev:pass@127.0.0.1/", /user name or password/],
  ["https://images.edge-vision.dev:22/", /port 22/],
  ["https://images.edge-vision.dev:8443/", /port 8443/],
  ["//images.edge-vision.dev/red.png", /not an absolute URL/],
  ["/latest/meta-data", /not an absolute URL/],
  ["https://", /not an absolute URL/],
  ["https://256.1.1.1/", /not an absolute URL/],
  ["https://1.2.3.4.5/", /not an absolute URL/],
  [`https://images.edge-vision.dev/${"a".repeat(2048)}`, /longer than 2048/],
];

describe(`${HOSTILE.length} hostile addresses are refused`, () => {
  test("there are at least sixty", () => expect(HOSTILE.length).toBeGreaterThanOrEqual(60));

  test.each(HOSTILE)("%s", (url, reason) => {
    expect(() => checkUrl(url, policy)).toThrow(reason);
  });

  test.each(HOSTILE)("%s, as a redirect's target", (url, reason) => {
    const base = new URL("https://images.edge-vision.dev/");
    const relative = reason.source.includes("not an absolute URL") && url.startsWith("/");
    // `https:127.0.0.1` is relative to an https: address: it names a path of the same host.
    if (relative || url === "https:127.0.0.1") expect(checkUrl(url, policy, base).host).toBe(base.host);
    else expect(() => checkUrl(url, policy, base)).toThrow(reason);
  });
});

test.each([
  ["https://images.edge-vision.dev/a.png?b=c", policy],
  ["https://images.edge-vision.dev:443/", policy],
  ["https://bücher.de/", policy],
  ["https://8.8.8.8/", policy],
  ["https://[2606:4700::1111]/", policy],
  ["http://images.edge-vision.dev/", http],
  ["http://images.edge-vision.dev:80/", http],
])("%s is fetched", (url, allowed) => {
  expect(checkUrl(url, allowed)).toBeInstanceOf(URL);
});

describe("an allow-list", () => {
  const listed: UrlPolicy = { allowHttp: false, hosts: ["cdn.shop.com", "*.images.net"] };

  test.each([
    ["https://cdn.shop.com/a", true],
    ["https://CDN.SHOP.COM./a", true],
    ["https://x.cdn.shop.com/a", false],
    ["https://shop.com/a", false],
    ["https://cdn.shop.com.evil.net/a", false],
    ["https://a.images.net/", true],
    ["https://a.b.images.net/", true],
    ["https://images.net/", false],
    ["https://evilimages.net/", false],
  ])("%s: %s", (url, allowed) => {
    const check = () => checkUrl(url, listed);
    if (allowed) expect(check()).toBeInstanceOf(URL);
    else expect(check).toThrow(/not among the hosts/);
  });

  test("does not open a private address", () => {
    expect(() => checkUrl("https://10.0.0.1/", { allowHttp: false, hosts: ["10.0.0.1"] })).toThrow(/private/);
  });
});
