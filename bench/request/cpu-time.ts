/**
 * The processor time that a workerd has taken, as Linux counts it (proc(5), "/proc/pid/stat").
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { UserError } from "../../tools/user-error.ts";

/** Milliseconds since the process's start, user and system time together. */
export interface CpuTime {
  /** All threads: compiling and collecting garbage included. */
  readonly process: number;
  /** The thread that runs the isolates. */
  readonly thread: number;
}

/** Linux's `USER_HZ` is 100 on every architecture that workerd runs on. */
const TICK_MS = 10;

/** Fields of `stat` after the name in brackets: state is 0, ppid 1, utime 11, stime 12. */
const PARENT = 1;
const USER = 11;
const SYSTEM = 12;

async function readStat(
  folder: string,
): Promise<{ readonly name: string; readonly fields: readonly string[] }> {
  const text = await readFile(`${folder}/stat`, "utf8");
  const [from, to] = [text.indexOf("("), text.lastIndexOf(")")];
  return { name: text.slice(from + 1, to), fields: text.slice(to + 2).split(" ") };
}

async function cpuOf(folder: string): Promise<number> {
  const { fields } = await readStat(folder);
  return TICK_MS * (Number(fields[USER]) + Number(fields[SYSTEM]));
}

/** The workerd that this process has started. @throws {UserError} where there is no `/proc`, or not one such */
export async function findWorkerd(): Promise<number> {
  const entries = await readdir("/proc").catch(() => {
    throw new UserError("Processor time is read from /proc, which only Linux has.");
  });
  const found: number[] = [];
  for (const entry of entries.filter((name) => /^\d+$/.test(name))) {
    const stat = await readStat(`/proc/${entry}`).catch(() => undefined);
    if (stat?.name === "workerd" && Number(stat.fields[PARENT]) === process.pid) found.push(Number(entry));
  }
  const [pid] = found;
  if (pid === undefined || found.length > 1)
    throw new UserError(`${found.length} workerd run; one is expected.`);
  return pid;
}

/** What a process has taken so far. */
export async function readCpuTime(pid: number): Promise<CpuTime> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(threads.map((id) => cpuOf(`/proc/${pid}/task/${id}`).catch(() => 0)));
  return { process: await cpuOf(`/proc/${pid}`), thread: Math.max(...times) };
}
