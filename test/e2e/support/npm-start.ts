/**
 * The README's command, `npm start`, as a user runs it, on a free port and with a local R2 of its own.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "../../../tools/models/paths.ts";
import { freePort } from "./free-port.ts";

/** A running `npm start`. */
export interface Started {
  readonly origin: string;
  /** All that it has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** Its conversion, seeding and bundling together; a machine that does other work at the same time takes longer. */
const START_TIMEOUT_MS = 150_000;

/** Starts it and waits until it has said what it serves. @throws {Error} with its output when it ends or takes too long. */
export async function npmStart(): Promise<Started> {
  const port = await freePort();
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-start-"));
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), EDGE_VISION_STATE: state },
    // A group of its own: npm, tsx, wrangler and workerd end together.
    detached: true,
  });
  let printed = "";
  const origin = `http://localhost:${port}`;
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`npm start ${why}:\n${printed}`));
    const timer = setTimeout(() => fail("took too long"), START_TIMEOUT_MS);
    const take = (chunk: Buffer) => {
      printed += chunk.toString();
      if (!printed.includes("Try it:")) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("close", (code) => fail(`ended with ${code}`));
  });
  return {
    origin,
    output: () => printed,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const closed = new Promise((resolve) => child.on("close", resolve));
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
        await closed;
      }
      await rm(state, { recursive: true, force: true });
    },
  };
}
