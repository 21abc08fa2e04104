/**
 * Writes what a benchmark found to `bench/results`: JSON for machines, a Markdown table for people.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";
import { ROOT } from "../../tools/models/paths.ts";

/** A value of a row; `null` is "not measured". */
export type Cell = string | number | null;

/** A row by column name. Every row of a report has the same columns. */
export type Row = Readonly<Record<string, Cell>>;

/** A report: rows, and in words what they mean and what reproduces them. */
export interface Report {
  /** File name without ending. */
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

/** A Markdown table of the rows. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => cell ?? "–").join(" | ")} |`;
  return [
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? null))),
  ].join("\n");
}

/** Writes `bench/results/<name>.json` and `.md`. */
export async function writeReport(report: Report): Promise<void> {
  const folder = path.join(ROOT, "bench/results");
  await mkdir(folder, { recursive: true });
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.version}`;
  const json = {
    title: report.title,
    command: report.command,
    machine,
    notes: report.notes,
    rows: report.rows,
  };
  await writeFile(path.join(folder, `${report.name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  const text = [
    `# ${report.title}`,
    "",
    `\`${report.command}\` on ${machine}.`,
    "",
    ...report.notes.flatMap((note) => [note, ""]),
    markdownTable(report.rows),
    "",
  ].join("\n");
  await writeFile(path.join(folder, `${report.name}.md`), text);
}
