/**
 * Downloads that resume.
 *
 * @module
 */
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { formatBytes, startProgress } from "../terminal.ts";

/** The server's answer was not the file, or there was no answer. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

const HTTP_PARTIAL_CONTENT = 206;
const HTTP_RANGE_NOT_SATISFIABLE = 416;

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

/**
 * Downloads `url` to `file`. What an earlier, interrupted call had fetched (`file.part`) is kept and only the rest is asked for
 * (RFC 9110, 14.2); a server that does not honour the range sends the whole file again.
 *
 * @param accept Checks the finished download before it gets its name: a file under that name is always an accepted one.
 * @throws {DownloadError} on any other answer than the file, or none.
 */
export async function download(
  url: string,
  file: string,
  accept: (downloaded: string) => Promise<void>,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.part`;
  let offset = await sizeOf(part);
  let response = await request(url, offset);
  if (response.status === HTTP_RANGE_NOT_SATISFIABLE) {
    // Nothing is left to fetch, or the file has changed: accept() decides about what is there, and a refusal starts over.
    await response.body?.cancel();
    try {
      await accept(part);
      return await rename(part, file);
    } catch {
      await rm(part, { force: true });
      offset = 0;
      response = await request(url, 0);
    }
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new DownloadError(`${url} answered ${response.status} ${response.statusText}`.trim());
  }
  const resumed = response.status === HTTP_PARTIAL_CONTENT;
  if (!resumed) offset = 0;
  const total = offset + Number(response.headers.get("content-length") ?? 0);
  const progress = startProgress(`Downloading ${path.basename(file)}`, formatBytes);
  let done = offset;
  // Written chunk by chunk and awaited: when the download breaks off, all that had come is on disk.
  const handle = await open(part, resumed ? "a" : "w");
  try {
    for await (const chunk of response.body) {
      await handle.write(chunk);
      done += chunk.byteLength;
      progress.update(done, Math.max(total, done));
    }
  } catch (error) {
    throw new DownloadError(
      `The download of ${url} broke off after ${formatBytes(done)}; run the command again to go on from there`,
      { cause: error },
    );
  } finally {
    progress.done();
    await handle.close();
  }
  try {
    await accept(part);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rename(part, file);
}

async function request(url: string, offset: number): Promise<Response> {
  try {
    return await fetch(url, offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {});
  } catch (error) {
    const cause = (error as Error).cause;
    throw new DownloadError(
      `${url} cannot be reached (${cause instanceof Error ? cause.message : (error as Error).message})`,
    );
  }
}
