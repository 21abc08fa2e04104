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

/** Rows, and in words what they mean. */
export interface Section {
  readonly title: string;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

/** A report, and what reproduces it. */
export interface Report extends Section {
  /** File name without ending. */
  readonly name: string;
  readonly command: string;
  /** What follows the first table. */
  readonly sections?: readonly Section[];
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

function sectionLines({ notes, rows }: Section): string[] {
  return [...notes.flatMap((note) => [note, ""]), markdownTable(rows), ""];
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
    ...(report.sections && { sections: report.sections }),
  };
  await writeFile(path.join(folder, `${report.name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  const text = [
    `# ${report.title}`,
    "",
    `\`${report.command}\` on ${machine}.`,
    "",
    ...sectionLines(report),
    ...(report.sections ?? []).flatMap((section) => [`## ${section.title}`, "", ...sectionLines(section)]),
  ].join("\n");
  await writeFile(path.join(folder, `${report.name}.md`), text);
}
