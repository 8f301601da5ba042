// First of all, so that loading the parsers is watched too.
import { limits, watchdog } from './extractor-child-watchdog';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { buffer } from 'node:stream/consumers';
import { extraMsFor } from './extractor-limits';
import type { ExtractorMessage, ExtractorRequest } from './extractor-protocol';
import { readDocument } from './read-document';

const LINE_FEED = 0x0a;

/** The only place that opens foreign bytes: one document, then this process ends. */
async function main(): Promise<void> {
  const input = await buffer(process.stdin);
  const headerEnd = input.indexOf(LINE_FEED);
  const request = JSON.parse(input.toString('utf8', 0, headerEnd)) as ExtractorRequest;
  const bytes = new Uint8Array(input.subarray(headerEnd + 1));
  await say(await readFile(request, bytes));
  // Parsers leave timers and workers behind.
  process.exit(0);
}

async function readFile(request: ExtractorRequest, bytes: Uint8Array): Promise<ExtractorMessage> {
  try {
    const document = await readDocument({ ...request, bytes }, (pages) => {
      watchdog.allowMore(extraMsFor(pages, limits));
      void say({ type: 'pages', pages });
    });
    return { type: 'document', document };
  } catch (error) {
    if (isOutOfMemory(error))
      return { type: 'failed', code: 'processing_memory_limit', message: 'reading the document takes too much memory' };
    if (error instanceof IngestionFailed) return { type: 'failed', code: error.code, message: error.message };
    // A parser that stumbles over a file has met a broken file: whole ones are what it is made for.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'not an error'}\n`);
    return { type: 'failed', code: 'file_corrupt', message: 'the file is damaged: its content cannot be read' };
  }
}

/** A limit that was met inside the parser, or in what it was caused by. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /allocation failed|Invalid (?:typed )?array (?:buffer )?length|out of memory/i.test(error.message) || isOutOfMemory(error.cause);
}

function say(message: ExtractorMessage): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

void main();
