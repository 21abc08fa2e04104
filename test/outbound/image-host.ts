/**
 * A host of pictures that does what hosts do: answers, redirects, hangs, lies, and sends without end.
 *
 * @module
 */
import { Response } from "miniflare";
import { solidPng } from "../src/support/png.ts";

/** How often each flaky picture was asked for. */
const asked = new Map<string, number>();

/** Longer than any test waits, and short enough for the test run to end. */
const HANG_MS = 5000;

const PNG = { "content-type": "image/png" };
const GIBIBYTE = 2 ** 30;

/** Answers a request for a picture; the path says how. */
export function imageHost(url: URL): Response | Promise<Response> {
  const [, kind, argument = ""] = url.pathname.split("/");
  switch (kind) {
    case "red.png":
      return picture([255, 0, 0]);
    case "color":
      return picture(argument.split("-").map(Number) as [number, number, number]);
    case "status":
      return new Response("no picture", { status: Number(argument) });
    case "redirect":
      return new Response(null, { status: 302, headers: { location: url.searchParams.get("to") ?? "" } });
    case "redirects":
      return argument === "0" ? picture([255, 0, 0]) : redirect(`/redirects/${Number(argument) - 1}`);
    case "flaky": {
      const count = (asked.get(url.pathname) ?? 0) + 1;
      asked.set(url.pathname, count);
      return count <= Number(url.searchParams.get("failures"))
        ? new Response("down", { status: 500 })
        : picture([0, 255, 0]);
    }
    case "html":
      return new Response("<!doctype html><title>Not found</title>", { headers: PNG });
    case "hang":
      return new Promise((resolve) => setTimeout(() => resolve(new Response("late")), HANG_MS));
    case "hang-body":
      return new Response(endless(solidPng(64, 64, [0, 0, 255]).subarray(0, 100), 0), { headers: PNG });
    case "huge":
      return new Response(endless(pngOf(2 ** 16), GIBIBYTE), { headers: PNG });
    case "huge-declared":
      return new Response(endless(pngOf(2 ** 16), GIBIBYTE), {
        headers: { ...PNG, "content-length": String(GIBIBYTE) },
      });
    default:
      return new Response("nothing here", { status: 404 });
  }
}

function picture(rgb: readonly [number, number, number]): Response {
  return new Response(new Uint8Array(solidPng(8, 8, rgb)), { headers: PNG });
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

/** Bytes that start as a PNG does. */
function pngOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(solidPng(1, 1, [0, 0, 0]));
  return bytes;
}

/** The chunk over and over until so many bytes are sent; with 0 once, and then nothing, without an end. */
function endless(chunk: Uint8Array, total: number): ReadableStream<Uint8Array> {
  let sent = 0;
  const end = Date.now() + HANG_MS;
  return new ReadableStream({
    async pull(controller) {
      if (sent > 0 && total === 0) await new Promise((resolve) => setTimeout(resolve, HANG_MS));
      // Nobody tells this process when the Worker has enough.
      if (sent > total || Date.now() > end) return controller.close();
      // A pause, so that this process has time for others, too.
      await new Promise((resolve) => setTimeout(resolve, 1));
      controller.enqueue(new Uint8Array(chunk));
      sent += chunk.byteLength;
    },
  });
}
