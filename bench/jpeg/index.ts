/**
 * The JPEG benchmark alone: `npx tsx bench/jpeg/index.ts [photo…] [--rounds 5]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { markdownTable } from "../harness/report.ts";
import { benchJpeg } from "./run.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" } },
});
const rows = await benchJpeg({
  photos: positionals.length > 0 ? positionals : undefined,
  rounds: Number(values.rounds),
});
console.log(markdownTable(rows));
