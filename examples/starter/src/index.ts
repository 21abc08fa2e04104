import { env } from "cloudflare:workers";
import { createApp, createEntrypoint, kernels, Manifest, parseConfig } from "edge-vision";
import manifest from "edge-vision/models/manifest.json";

const app = createApp({ manifest: Manifest.parse(manifest), engines: [kernels], config: parseConfig(env) });

// A route of your own, beside /v1/classify and the others.
app.get("/hello", (c) => c.text("Hello"));

export default app;

/** What other Workers of your account call. */
export class Vision extends createEntrypoint(app) {}
