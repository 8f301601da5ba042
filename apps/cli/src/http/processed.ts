import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentBody } from '@aegis/presentation/documents/document.dto';
import type { AegisClient } from './aegis-client';

const POLL_MS = 250;

/** The document once it is completed, failed or deleted; `watch` sees it every time it is asked for. */
export async function processed(
  client: AegisClient,
  id: string,
  signal: AbortSignal,
  watch: (document: DocumentBody) => void,
): Promise<DocumentBody> {
  for (;;) {
    const document = await client.document(id);
    watch(document);
    if (!isUnderWay(document)) return document;
    await sleep(POLL_MS, undefined, { signal });
  }
}

export const isUnderWay = ({ status }: DocumentBody): boolean => status === 'pending' || status === 'processing';

export const describeProgress = ({ status, progress }: DocumentBody): string =>
  progress === null ? status : `${progress.stage} ${progress.done}/${progress.total}`;
