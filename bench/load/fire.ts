/**
 * The process that sends: `tsx fire.ts '<Volley as JSON>'` prints a {@link VolleyResult}. A process of its own, so that it takes no time from the one
 * that runs the Worker.
 *
 * @module
 */
import type { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import autocannon from "autocannon";
import type { Answers, Volley, VolleyResult } from "./protocol.ts";

/** Seconds after which a request counts as lost. */
const REQUEST_TIMEOUT_S = 60;

/** What autocannon's client tells beside what its types say: the headers as http-parser-js has them, names and values in turn. */
interface HeadersEvent {
  readonly headers: readonly string[];
}

async function fire({ url, file, connections, requests, keepAlive }: Volley): Promise<VolleyResult> {
  const body = await readFile(file);
  const times = new Map<number, number[]>();
  let withoutRetryAfter = 0;
  let seconds = 0;
  let errors = 0;
  // One that is refused before its picture is read is told that its connection closes, which autocannon does not heed: no second request on it.
  const amount = keepAlive ? requests : connections;
  for (let sent = 0; sent < requests; sent += amount) {
    const result = await autocannon({
      url,
      method: "POST",
      body,
      connections,
      amount,
      timeout: REQUEST_TIMEOUT_S,
      setupClient(client) {
        let retryAfter = false;
        const emitter: EventEmitter = client;
        emitter.on("headers", ({ headers }: HeadersEvent) => {
          retryAfter = headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === "retry-after");
        });
        client.on("response", (status, _, milliseconds) => {
          const same = times.get(status);
          if (same) same.push(milliseconds);
          else times.set(status, [milliseconds]);
          if (status === 429 && !retryAfter) withoutRetryAfter++;
        });
      },
    });
    seconds += result.duration;
    errors += result.errors;
  }
  const byStatus = Object.fromEntries(Array.from(times, ([status, all]) => [status, summarize(all)]));
  return { seconds, byStatus, errors, withoutRetryAfter };
}

function summarize(times: readonly number[]): Answers {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

process.stdout.write(JSON.stringify(await fire(JSON.parse(process.argv[2] ?? "") as Volley)));
