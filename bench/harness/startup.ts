/**
 * What a Worker's start costs, as `wrangler check startup` profiles it: Workers allow a second.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../tools/models/paths.ts";
import { median } from "./statistics.ts";

/**
 * Milliseconds of CPU between the start of an isolate and its first request, on this machine; `null` where wrangler's profiler gave up, as it does after
 * ten seconds on a machine that is very busy.
 */
export async function measureStartup(environment: string): Promise<number | null> {
  const out = await mkdtemp(path.join(tmpdir(), "edge-vision-startup-"));
  try {
    const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    const named = environment === "default" ? [] : [`--args=--env ${environment}`];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [wrangler, "check", "startup", "--outfile", path.join(out, "startup.cpuprofile"), ...named],
      { cwd: ROOT, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
    );
    const active = /Active: ([\d.]+) ms/.exec(stdout)?.[1];
    if (active === undefined) throw new Error(`wrangler check startup told no time:\n${stdout}`);
    return Number(active);
  } catch (error) {
    if (error instanceof Error && "stderr" in error && /timed out/.test(String(error.stderr))) return null;
    throw error;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Starts that are measured: one alone is off by half when the machine does other work. */
const STARTS = 5;

/** The median of several starts, in milliseconds; `null` where the profiler gave up each time. */
export async function measureStartups(environment: string): Promise<number | null> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const time = await measureStartup(environment);
    if (time !== null) times.push(time);
  }
  return times.length > 0 ? median(times) : null;
}
