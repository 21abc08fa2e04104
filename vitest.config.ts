import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { outbound } from "./test/outbound/index.ts";

/** What runs as `--env free` has another configuration. */
const FRONT = "test/src/front/*.test.ts";

/** Two runtimes: what runs in a Worker is tested in workerd (`test/src`), the tools in Node (`test/tools`, `test/e2e`). */
export default defineConfig({
  test: {
    reporters: ["default", "./test/summary-reporter.ts"],
    // One worker fewer than processors is the default: on two of them, one file at a time.
    maxWorkers: "100%",
    projects: [
      {
        plugins: [
          cloudflareTest({
            // The real queue delivers to this one.
            main: "./test/src/support/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              outboundService: outbound,
              bindings: { WEBHOOK_JOBS: process.env.WEBHOOK_JOBS ?? "150" },
            },
          }),
        ],
        test: {
          name: "workerd",
          include: ["test/src/**/*.test.ts"],
          exclude: [FRONT],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: "./test/src/support/front-worker.ts",
            wrangler: { configPath: "./wrangler.toml", environment: "free" },
          }),
        ],
        test: { name: "free", include: [FRONT], testTimeout: 60_000 },
      },
      {
        test: {
          name: "node",
          include: ["test/tools/**/*.test.ts", "test/bench/**/*.test.ts", "test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
