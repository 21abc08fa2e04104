/**
 * Decides whether an address that a stranger gave may be fetched.
 *
 * @module
 */
import { isUnder, privateReason } from "./address.ts";

/** Which addresses are fetched. */
export interface UrlPolicy {
  /** Whether `http:` will do; `https:` always does. */
  readonly allowHttp: boolean;
  /** Hosts that may be asked: exact, or `*.example.com` for all under a name. Any public host where the list is empty. */
  readonly hosts: readonly string[];
}

/** An address that is not fetched; the message tells why. */
export class UrlRefusedError extends Error {
  override readonly name = "UrlRefusedError";
}

/** Longest address, in characters: what browsers and proxies agree on, and small enough for a queue's message. */
const MAX_LENGTH = 2048;

/**
 * The parsed address.
 *
 * @param base what a redirect's address is relative to
 * @throws {UrlRefusedError}
 * @example
 * ```ts
 * checkUrl("https://2130706433/", policy); // UrlRefusedError: 127.0.0.1 is a loopback address
 * ```
 */
export function checkUrl(text: string, { allowHttp, hosts }: UrlPolicy, base?: URL): URL {
  if (text.length > MAX_LENGTH) throw refused(`it is longer than ${MAX_LENGTH} characters`);
  const url = URL.parse(text, base?.href);
  if (url === null) throw refused("it is not an absolute URL");
  const { protocol, port, hostname, username, password } = url;
  if (protocol !== "https:" && protocol !== "http:") throw refused(`${protocol} is not fetched, https: is`);
  if (protocol === "http:" && !allowHttp) throw refused("http: is not fetched here, https: is");
  if (username !== "" || password !== "") throw refused("it carries a user name or password");
  if (port !== "" && port !== "443" && port !== "80")
    throw refused(`port ${port} is not fetched from, 443 and 80 are`);
  const reason = privateReason(hostname);
  if (reason !== undefined) throw refused(reason);
  if (hosts.length > 0 && !hosts.some((pattern) => matches(hostname.replace(/\.$/, ""), pattern))) {
    throw refused(`${hostname} is not among the hosts that the configuration allows`);
  }
  url.hash = "";
  return url;
}

function matches(host: string, pattern: string): boolean {
  return pattern.startsWith("*.")
    ? host !== pattern.slice(2) && isUnder(host, pattern.slice(2))
    : host === pattern;
}

function refused(why: string): UrlRefusedError {
  return new UrlRefusedError(`The address is not fetched: ${why}.`);
}
