/**
 * Sends requests from a process of their own.
 *
 * @module
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../tools/models/paths.ts";
import type { Volley, VolleyResult } from "./protocol.ts";

/** Milliseconds a request, with much to spare: a run that hangs must end. */
const TIMEOUT_MS = 500;
const START_TIMEOUT_MS = 60_000;

/** @throws {Error} when the process fails, or hangs */
export async function send(volley: Volley): Promise<VolleyResult> {
  const script = path.join(ROOT, "bench/load/fire.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", script, JSON.stringify(volley)],
    {
      cwd: ROOT,
      timeout: START_TIMEOUT_MS + volley.requests * TIMEOUT_MS,
      killSignal: "SIGKILL",
    },
  );
  return JSON.parse(stdout) as VolleyResult;
}
