import type { VisionService } from "edge-vision";

interface Env {
  readonly VISION: Service<VisionService>;
}

/** Names the first object of the picture that is posted. */
export default {
  async fetch(request, env) {
    const { predictions } = await env.VISION.detect(await request.bytes(), { threshold: 0.4, top_k: 1 });
    return Response.json({ found: predictions[0]?.label ?? null });
  },
} satisfies ExportedHandler<Env>;
