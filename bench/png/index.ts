/**
 * The PNG benchmark: `npx tsx bench/png/index.ts [--rounds 5]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { markdownTable } from "../harness/report.ts";
import { benchPng } from "./run.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
console.log(markdownTable(await benchPng({ rounds: Number(values.rounds) })));
