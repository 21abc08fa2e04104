/**
 * Models from a folder, where there is no R2: workerd's disk service, behind the part of R2's interface that is used.
 *
 * @module
 */

/** A bucket that reads `<folder>/<key>`. */
export function diskBucket(disk: Fetcher): Pick<R2Bucket, "get" | "head"> {
  const bucket = {
    async get(key: string) {
      const response = await ask(disk, key, "GET");
      if (response === null) return null;
      return { key, size: sizeOf(response), body: response.body };
    },
    async head(key: string) {
      const response = await ask(disk, key, "HEAD");
      return response === null ? null : { key, size: sizeOf(response) };
    },
  };
  // R2's objects have many members more; the registry and the probes ask for these.
  return bucket as unknown as Pick<R2Bucket, "get" | "head">;
}

async function ask(disk: Fetcher, key: string, method: string): Promise<Response | null> {
  // The host is nobody's: workerd's disk service looks at the path alone.
  const response = await disk.fetch(new URL(key, "http://disk/"), { method });
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) return null;
  throw new Error(`the disk answered ${response.status} for ${key}`);
}

function sizeOf(response: Response): number {
  return Number(response.headers.get("content-length"));
}
