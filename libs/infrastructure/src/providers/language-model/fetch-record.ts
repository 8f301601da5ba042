import { CallWatch } from './call-watch';
import { parseRecord, type JsonRecord } from './json-record';
import { networkFailure, openStream, type ProviderRequest } from './open-stream';
import { readLines } from './read-lines';

const CHECK_MS = 3_000;
/** Lists of models: some providers have thousands, on one line. */
const LIMITS = { lineBytes: 4 * 1024 * 1024, totalBytes: 4 * 1024 * 1024 };

/** One small JSON answer within three seconds. Throws ProviderError. */
export async function fetchRecord(provider: string, request: ProviderRequest, signal: AbortSignal): Promise<JsonRecord> {
  const deadlines = { firstTokenMs: CHECK_MS, idleMs: CHECK_MS, totalMs: CHECK_MS };
  const watch = new CallWatch(provider, deadlines, signal, performance.now());
  try {
    const lines: string[] = [];
    for await (const line of readLines(await openStream(provider, request, watch.signal), provider, LIMITS)) lines.push(line);
    return parseRecord(lines.join('\n'), provider);
  } catch (error) {
    throw watch.failure ?? networkFailure(provider, error);
  } finally {
    watch.close();
  }
}
