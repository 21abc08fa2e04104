/** Bindings of the Worker (wrangler.toml), as `cloudflare:workers` and handlers see them. */
declare namespace Cloudflare {
  interface Env {
    /** Model files, by `<sha256>/<file>`. */
    readonly MODELS: R2Bucket;
  }
}
