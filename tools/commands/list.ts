import { Command } from "commander";
import type { Accuracy } from "../../src/runtime/card.ts";
import { readCatalogue } from "../models/catalogue.ts";
import { modelFolders } from "../models/paths.ts";
import { readRecords, type StoreRecord } from "../models/store.ts";
import { formatBytes, formatTable } from "../terminal.ts";

/** `list`: what exists, what is installed here. */
export function listCommand(): Command {
  return new Command("list")
    .description("Lists every model: task, what is installed here, size, how it was verified, accuracy.")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => {
      const folders = modelFolders();
      const records = await readRecords(folders);
      const rows = [...(await readCatalogue(folders)).values()].map(({ card }) => {
        const record = records.get(card.name);
        return {
          name: card.name,
          task: card.task,
          installed: record ? Object.keys(record.model.variants) : [],
          bytes: record ? bytesOf(record) : 0,
          verification: record?.model.verification ?? null,
          weights: record?.model.weights ?? null,
          licence: card.licence,
          accuracy: record?.model.card.accuracy ?? card.accuracy,
          default: record?.model.default_variant ?? null,
          agreement: record?.model.variants.int8?.quantization?.agreement ?? null,
        };
      });
      if (options.json) {
        process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
        return;
      }
      const table = formatTable(
        ["MODEL", "TASK", "INSTALLED", "SIZE", "INT8 AS FP32", "WEIGHTS", "ACCURACY"],
        rows.map((row) => [
          row.name,
          row.task,
          row.installed.map((variant) => (variant === row.default ? `${variant}*` : variant)).join(", ") ||
            "-",
          row.bytes > 0 ? formatBytes(row.bytes) : "-",
          row.agreement ? `${(row.agreement.share * 100).toFixed(1)} % of ${row.agreement.of}` : "-",
          row.verification ? [row.weights, row.verification].filter(Boolean).join(", ") : "-",
          describeAccuracy(row.accuracy),
        ]),
      );
      process.stdout.write(`${table}\n* answers where a request names no variant\n`);
    });
}

function bytesOf(record: StoreRecord): number {
  return Object.values(record.model.variants)
    .flatMap((variant) => Object.values(variant.graphs))
    .reduce((sum, graph) => sum + graph.graph.bytes + graph.weights.bytes, 0);
}

function describeAccuracy(accuracy: readonly Accuracy[]): string {
  const first = accuracy[0];
  return first ? `${first.metric} ${first.value} (${first.dataset})` : "-";
}
