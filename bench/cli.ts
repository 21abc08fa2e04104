/**
 * The benchmarks: `npm run bench -- <what>`.
 *
 * @module
 */
import { Command } from "commander";
import { parseSize } from "../tools/explain.ts";
import { modelFolders } from "../tools/models/paths.ts";
import { readRecords } from "../tools/models/store.ts";
import { runCommandLine } from "../tools/user-error.ts";
import { benchAccuracy } from "./accuracy/run.ts";
import { benchCold } from "./cold/run.ts";
import { benchEngines } from "./engines/run.ts";
import { markdownTable } from "./harness/report.ts";
import { benchJpeg } from "./jpeg/run.ts";
import { layersText, writeLayersReport } from "./layers/report.ts";
import { benchLayers, type GraphLayers, type LayersOptions } from "./layers/run.ts";
import { benchLoad } from "./load/run.ts";
import { benchMemory } from "./memory/run.ts";
import { benchPeers } from "./peers/run.ts";
import { benchPng } from "./png/run.ts";
import { benchRequest } from "./request/run.ts";
import { benchSteps } from "./steps/run.ts";
import { benchWebhooks } from "./webhooks/run.ts";

interface LayersFlags extends Omit<LayersOptions, "milliseconds"> {
  readonly seconds: number;
  readonly report?: boolean;
}

const program = new Command("npm run bench --").description(
  "Benchmarks: in workerd, runs side by side, medians and ratios. Results go to bench/results.",
);

program
  .command("engines")
  .description(
    "Every installed model in int8 and fp32 against onnxruntime-web: ratios beside their bars, starts, memory; bundle sizes.",
  )
  .option("--models <names>", "comma-separated, and no report; all installed by default", (value) =>
    value.split(","),
  )
  .option("--peers", "the classifiers against LiteRT.js instead, in headless Chromium (bench/results/peers)")
  .option("--json", "print JSON instead of a table")
  .action(async (options: { models?: string[]; peers?: boolean; json?: boolean }) => {
    const { models, peers = false } = options;
    const rows = peers ? await benchPeers() : await benchEngines({ models });
    process.stdout.write(`${options.json ? JSON.stringify(rows) : markdownTable(rows)}\n`);
  });

program
  .command("accuracy")
  .description(
    "What installed models get right on the labelled pictures of ../shared: fp32 and int8, both engines.",
  )
  .action(async () => {
    process.stdout.write(`${markdownTable(await benchAccuracy())}\n`);
  });

program
  .command("steps")
  .description(
    "How far int8 is from onnxruntime's run of the same files, layer by layer and whole, in steps.",
  )
  .option("--models <names>", "comma-separated, and no report; all installed by default", (value) =>
    value.split(","),
  )
  .option("--photos <count>", "photos that whole networks are run on", Number, 4)
  .action(async (options: { models?: string[]; photos: number }) => {
    for (const { rows } of await benchSteps(options)) process.stdout.write(`${markdownTable(rows)}\n\n`);
  });

program
  .command("cold")
  .description(
    "A fresh isolate from the request to its answer, against onnxruntime-web; the first run alone.",
  )
  .option("--models <names>", "comma-separated; all installed by default", (value) => value.split(","))
  .option("--rounds <count>", "pairs of fresh isolates", Number, 5)
  .action(async (options: { models?: string[]; rounds: number }) => {
    process.stdout.write(`${markdownTable(await benchCold(options))}\n`);
  });

program
  .command("layers")
  .description(
    "Where a model's time goes: each layer's GMAC/s or GB/s, and its share of the processor's roof.",
  )
  .argument("[models...]", "installed models; all of them where left out")
  .option("--report", "write bench/results/layers.{json,md}")
  .option(
    "--size <height>x<width>",
    "of the network's input; what a 4:3 photo leads to by default",
    parseSize,
  )
  .option("--variant <name>", "fp32 or int8; both where left out")
  .option("--regions <count>", "regions that a box head is fed", Number, 128)
  .option("--seconds <count>", "how long each graph is run", Number, 10)
  .action(async (names: string[], { seconds, report, ...rest }: LayersFlags) => {
    const models = names.length > 0 ? names : [...(await readRecords(modelFolders())).keys()];
    const graphs: GraphLayers[] = [];
    await benchLayers(models, { ...rest, milliseconds: seconds * 1000 }, (graph) => {
      process.stdout.write(`${layersText(graph)}\n\n`);
      graphs.push(graph);
    });
    if (report) await writeLayersReport(graphs, ["npm run bench -- layers", ...names, "--report"].join(" "));
  });

program
  .command("codecs")
  .description(
    "JPEG and PNG decoding, against jpeg-js, upng-js and mozjpeg in WebAssembly; Node and workerd.",
  )
  .option("--rounds <count>", "turns of each decoder", Number, 5)
  .action(async ({ rounds }: { rounds: number }) => {
    process.stdout.write(`${markdownTable(await benchJpeg({ rounds }))}\n`);
    process.stdout.write(`${markdownTable(await benchPng({ rounds }))}\n`);
  });

program
  .command("memory")
  .description(
    "What each of torchvision's models takes of a Worker's memory, fp32 and int8, and all in int8 at once.",
  )
  .action(async () => {
    process.stdout.write(`${markdownTable(await benchMemory())}\n`);
  });

program
  .command("request")
  .description(
    "Processor time of a whole request: 640×480 JPEG to JSON, mobilenet_v3_small, slim Worker; by part.",
  )
  .action(async () => {
    process.stdout.write(`${markdownTable(await benchRequest())}\n`);
  });

program
  .command("load")
  .description(
    "The Worker under load: throughput, latency and memory at 1, 8, 64 connections, and over its queue's bound.",
  )
  .option("--requests <count>", "how many in all", Number, 20_000)
  .action(async ({ requests }: { requests: number }) => {
    process.stdout.write(`${markdownTable(await benchLoad({ requests }))}\n`);
  });

program
  .command("webhooks")
  .description("Jobs of webhooks through a real local queue and R2, faults mixed in: none lost, stored once.")
  .option("--jobs <count>", "how many", Number, 10_000)
  .action(async ({ jobs }: { jobs: number }) => {
    process.stdout.write(`${markdownTable(await benchWebhooks(jobs))}\n`);
  });

await runCommandLine(() => program.parseAsync());
