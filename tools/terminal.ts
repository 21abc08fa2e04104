/**
 * What the command line shows: progress bars on a terminal, plain lines where output goes to a file.
 *
 * @module
 */
import { Presets, SingleBar } from "cli-progress";

/** Reports how far a long step is. */
export interface Progress {
  /** Sets how much of `total` is done. */
  update(done: number, total: number): void;
  /** Ends the step. */
  done(): void;
}

const MEGABYTE = 1e6;

/** `12.3 MB` */
export function formatBytes(bytes: number): string {
  return bytes < MEGABYTE ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

/**
 * Starts a progress bar.
 *
 * @param label What is going on: "Downloading mobilenet_v3_large".
 * @param unit How amounts are written; the plain number when left out.
 */
export function startProgress(label: string, unit: (amount: number) => string = String): Progress {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${label} …\n`);
    return { update: () => {}, done: () => {} };
  }
  const bar = new SingleBar(
    { format: `${label} {bar} {percentage}% {done}/{all}`, hideCursor: true, clearOnComplete: false },
    Presets.shades_classic,
  );
  bar.start(1, 0, { done: unit(0), all: "?" });
  return {
    update: (done, total) => {
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { done: unit(done), all: unit(total) });
    },
    done: () => bar.stop(),
  };
}

/** Prints rows as columns, each as wide as its widest cell. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}
