/** Bindings of the Worker (wrangler.toml), as `cloudflare:workers` and handlers see them. */
declare namespace Cloudflare {
  interface Env {
    /** Model files, by `<sha256>/<file>`. */
    readonly MODELS: R2Bucket;
    /** Pictures to tag. */
    readonly IMAGES?: R2Bucket;
    /** Cloudflare's Images, which opens AVIF and HEIC (`[images]` in wrangler.toml). */
    readonly IMAGE_CONVERTER?: ImagesBinding;
    /** What was found, jobs and their states; kept apart from pictures, so that no key of a caller reaches another bucket. */
    readonly RESULTS?: R2Bucket;
    /** Jobs: pictures to tag. */
    readonly TAGS?: Queue;
    /** Which version of the Worker this is. */
    readonly DEPLOYMENT?: WorkerVersionMetadata;
    /** One data point a request. */
    readonly ANALYTICS?: AnalyticsEngineDataset;
    /** Counts addresses. */
    readonly ADDRESS_LIMIT?: RateLimit;
    /** Counts API keys. */
    readonly KEY_LIMIT?: RateLimit;
  }
}
