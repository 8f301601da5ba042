import { type ExtractedText, type ExtractionSource, TextExtractor } from '@aegis/application/providers/text-extractor';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import { existsSync } from 'node:fs';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { entryPoint } from '../../system/entry-point';
import { DEFAULT_EXTRACTOR_LIMITS, type ExtractorLimits, extraMsFor } from './extractor-limits';
import { type ExtractorMessage, limitsArgument } from './extractor-protocol';

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'];
/** No file may be written, none but a few opened; data and time are a second line behind the child's own watchdog. */
const PRLIMIT_OPTIONS = ['--data=805306368', '--cpu=300:305', '--fsize=0', '--nofile=64', '--core=0'];
const NODE_OPTIONS = [
  '--max-old-space-size=512',
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--disable-warning=ExperimentalWarning',
];
const STDERR_CHARACTERS = 4_000;
const OUT_OF_MEMORY = /out of memory|allocation failed|bad_alloc|Check failed: .*Allocat/i;

/** How a child ended, as the parent saw it. */
interface Ending {
  readonly signal: NodeJS.Signals | null;
  readonly killedFor: 'time' | 'output' | null;
  readonly last: ExtractorMessage | null;
  readonly stderr: string;
}

/** Reads each document in a process of its own: without environment, bounded in time, memory, files and output, killed on abort. */
export class ChildProcessTextExtractor extends TextExtractor {
  constructor(private readonly limits: ExtractorLimits = DEFAULT_EXTRACTOR_LIMITS) {
    super();
  }

  async extract(source: ExtractionSource, signal: AbortSignal): Promise<ExtractedText> {
    signal.throwIfAborted();
    const ending = await this.run(source, signal);
    signal.throwIfAborted();
    if (ending.last?.type === 'document') return ending.last.document;
    throw failureOf(ending);
  }

  private run({ bytes, mediaType, filename }: ExtractionSource, signal: AbortSignal): Promise<Ending> {
    const child = start(limitsArgument(this.limits));
    return new Promise((resolve, reject) => {
      let [killedFor, last, stderr]: [Ending['killedFor'], ExtractorMessage | null, string] = [null, null, ''];
      const kill = (reason: Ending['killedFor']): void => {
        killedFor ??= reason;
        child.kill('SIGKILL');
      };
      let timer = setTimeout(() => kill('time'), this.limits.timeoutMs);
      const onAbort = (): void => kill(null);
      signal.addEventListener('abort', onAbort, { once: true });

      readLines(
        child,
        this.limits.outputBytes,
        () => kill('output'),
        (line) => {
          last = parseMessage(line);
          if (last?.type !== 'pages') return;
          clearTimeout(timer);
          timer = setTimeout(() => kill('time'), this.limits.timeoutMs + extraMsFor(last.pages, this.limits));
        },
      );
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-STDERR_CHARACTERS);
      });
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      child.on('error', (cause) => {
        settle();
        reject(new IngestionFailed('processing_failed', 'the document reader could not be started', true, { cause }));
      });
      child.on('close', (_code, endedBy) => {
        settle();
        resolve({ signal: endedBy, killedFor, last, stderr });
      });
      // A child that died early closes the pipe; how it died is what counts.
      child.stdin.on('error', () => undefined);
      child.stdin.write(`${JSON.stringify({ mediaType, filename })}\n`);
      child.stdin.end(bytes);
    });
  }
}

function start(limits: string): ChildProcessWithoutNullStreams {
  const node = [process.execPath, ...NODE_OPTIONS, entryPoint(__dirname, 'extractor-child'), limits];
  const prlimit = PRLIMIT.find((path) => existsSync(path));
  const [command = process.execPath, ...args] = prlimit === undefined ? node : [prlimit, ...PRLIMIT_OPTIONS, ...node];
  return spawn(command, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
}

function readLines(child: ChildProcessWithoutNullStreams, maxBytes: number, onTooMuch: () => void, onLine: (line: string) => void): void {
  let [chunks, bytes]: [Buffer[], number] = [[], 0];
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      chunks = [];
      onTooMuch();
      return;
    }
    chunks.push(chunk);
    if (!chunk.includes(0x0a)) return;
    const lines = Buffer.concat(chunks).toString('utf8').split('\n');
    chunks = [Buffer.from(lines.pop() ?? '')];
    lines.forEach(onLine);
  });
}

function parseMessage(line: string): ExtractorMessage | null {
  try {
    return JSON.parse(line) as ExtractorMessage;
  } catch {
    return null; // A line that broke off with the child: its end tells the reason.
  }
}

function failureOf({ signal, killedFor, last, stderr }: Ending): IngestionFailed {
  const cause = stderr === '' ? {} : { cause: new Error(stderr) };
  if (killedFor === 'time' || signal === 'SIGXCPU')
    return new IngestionFailed('processing_timed_out', 'reading the document took too long', true, cause);
  if (killedFor === 'output') return new IngestionFailed('file_too_large', 'the document has more text than can be stored', false, cause);
  if (last?.type === 'failed') return new IngestionFailed(last.code, last.message, false, cause);
  const outOfMemory = signal === 'SIGKILL' || signal === 'SIGABRT' || signal === 'SIGTRAP' || OUT_OF_MEMORY.test(stderr);
  if (outOfMemory) return new IngestionFailed('processing_memory_limit', 'reading the document takes too much memory', false, cause);
  return new IngestionFailed('processing_failed', 'the document reader ended without an answer', true, cause);
}
