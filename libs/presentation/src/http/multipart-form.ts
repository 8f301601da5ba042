import { ValidationFailed, type FieldProblem } from '@aegis/domain/shared/validation-failed';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { HttpProblem } from './problems/http-problem';

export interface UploadedFile {
  /** As the client wrote it. */
  readonly filename: string;
  /** Ends when the whole form has been read, so that all fields are known then. Throws what is wrong with the file or the form. */
  readonly content: AsyncIterable<Uint8Array>;
}

const LIMITS = { files: 1, fields: 16, parts: 18, fieldNameSize: 100, fieldSize: 16_384, headerPairs: 20 };
const WATCH_MS = 10_000;
/** Below 10 kB/s for ten seconds an upload only holds a connection. */
const MIN_BYTES_PER_WATCH = 100_000;
const MEGABYTE = 1_048_576;

/** `multipart/form-data` with one part named `file`, read as it comes in: nothing of it is kept in memory but its fields. */
export class MultipartForm {
  private readonly parser: busboy.Busboy;
  private readonly values = new Map<string, string>();
  private readonly problems: FieldProblem[] = [];
  private file: { readonly name: string; readonly stream: Readable } | null = null;
  private failure: Error | null = null;
  private isRead = false;
  private readonly waiting = new Set<() => void>();

  /** Throws HttpProblem when the headers announce no such form. */
  constructor(
    private readonly raw: IncomingMessage,
    readonly limitBytes: number,
  ) {
    if (!/^multipart\/form-data\b/i.test(raw.headers['content-type'] ?? '')) throw new HttpProblem('unsupported_media_type');
    try {
      // Without the charset a Korean file name arrives as Latin-1 rubbish.
      // The parser calls a file that has just reached its limit too large: one byte more is what really is.
      this.parser = busboy({ headers: raw.headers, defParamCharset: 'utf8', limits: { ...LIMITS, fileSize: limitBytes + 1 } });
    } catch (cause) {
      throw new HttpProblem('malformed_body', { cause });
    }
    this.listen();
    raw.pipe(this.parser);
  }

  /** The file, as soon as its part begins. Throws HttpProblem `file_missing` when the form ends without one. */
  async opened(): Promise<UploadedFile> {
    await this.until(() => this.file !== null || this.isRead);
    if (this.file === null) throw this.problems.length > 0 ? new ValidationFailed(this.problems) : new HttpProblem('file_missing');
    return { filename: this.file.name, content: this.contentOf(this.file.stream) };
  }

  /** All other parts; complete once the file's content has been read to its end. */
  fields(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.values);
  }

  /** What is still to come is thrown away, or the connection would hang: also when nobody has begun to read the content. */
  discard(): void {
    this.raw.unpipe(this.parser);
    this.raw.resume();
  }

  private async *contentOf(stream: Readable): AsyncGenerator<Uint8Array> {
    const stopWatching = this.watchSpeed();
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
      await this.until(() => this.isRead);
      if (this.problems.length > 0) throw new ValidationFailed(this.problems);
    } catch (error) {
      throw this.failure ?? error; // a stream that was destroyed says less than the reason why
    } finally {
      stopWatching();
      this.discard();
    }
  }

  private listen(): void {
    // A part may leave out its name, or a file's name, whatever the types of the parser say.
    this.parser.on('file', (name: string | undefined, stream, { filename }: { filename?: string }) => {
      stream.on('error', () => undefined); // read by whoever iterates; before that nobody listens
      stream.on('limit', () =>
        this.fail(new HttpProblem('file_too_large', { parameters: { limitMb: Math.floor(this.limitBytes / MEGABYTE) } })),
      );
      if (name === 'file') this.file = { name: filename ?? '', stream };
      else this.refuse(name ?? '', 'unknown_field', 'there is no such field', stream);
      this.wake();
    });
    this.parser.on('field', (given: string | undefined, value, { nameTruncated, valueTruncated }) => {
      const name = given ?? '';
      if (this.values.has(name)) this.refuse(name, 'duplicate_field', 'is given more than once');
      else if (nameTruncated || name === '__proto__') this.refuse(name, 'unknown_field', 'there is no such field');
      else if (valueTruncated) this.refuse(name, 'too_long', `is longer than ${LIMITS.fieldSize} bytes`);
      else if (name !== 'file') this.values.set(name, value); // a `file` without a file name is a field: the file is missing
    });
    this.parser.on('filesLimit', () => this.refuse('file', 'duplicate_field', 'only one file can be sent at a time'));
    this.parser.on('fieldsLimit', () => this.refuse('', 'too_many', 'too many fields'));
    this.parser.on('partsLimit', () => this.refuse('', 'too_many', 'too many parts'));
    this.parser.on('error', (cause) => this.fail(new HttpProblem('malformed_body', { cause })));
    this.parser.on('close', () => {
      this.isRead = true;
      this.wake();
    });
    this.raw.on('close', () => {
      if (!this.raw.complete) this.fail(new Error('client disconnected'));
    });
  }

  private refuse(name: string, code: string, message: string, stream?: Readable): void {
    this.problems.push({ pointer: name === '' ? '' : `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, code, message });
    stream?.resume();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.file?.stream.destroy(this.failure);
    this.discard();
    this.wake();
  }

  private async until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private watchSpeed(): () => void {
    let seen = 0;
    let received = 0;
    const count = (chunk: Uint8Array) => (received += chunk.length);
    this.raw.on('data', count);
    const timer = setInterval(() => {
      const isOurTurn = this.raw.isPaused() || this.raw.complete;
      if (!isOurTurn && received - seen < MIN_BYTES_PER_WATCH) this.raw.destroy(new Error('the upload came too slowly'));
      seen = received;
    }, WATCH_MS);
    return () => {
      clearInterval(timer);
      this.raw.off('data', count);
    };
  }
}
