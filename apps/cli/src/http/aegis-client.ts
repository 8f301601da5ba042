import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerBody } from '@aegis/presentation/answering/answer.dto';
import type { DocumentBody, DocumentPageBody, UploadedDocumentBody } from '@aegis/presentation/documents/document.dto';
import { ApiFailure, ServerNotReached } from './api-failure';
import { answerEvents, type AnswerStreamEvent } from './answer-events';

/** What may be said about a file beside its bytes, named as on the wire. */
export interface UploadFields {
  readonly title?: string;
  readonly doc_type?: string;
  readonly department?: string;
  readonly language?: string;
  readonly tags?: readonly string[];
  readonly valid_from?: string;
}

/** A question, named as on the wire. */
export interface Question {
  readonly query: string;
  readonly top_k?: number;
  readonly min_confidence?: number;
  readonly as_of_date?: string;
}

interface Sent {
  readonly method: string;
  readonly body?: string | FormData;
  /** Of the body; a form says its own. */
  readonly type?: string;
}

const MOST_ATTEMPTS = 6;
const LONGEST_WAIT_S = 30;

/** A running server as one key sees it. Throws ApiFailure for every error answer and ServerNotReached when there is none. */
export class AegisClient {
  constructor(
    readonly url: string,
    private readonly key: string,
    /** Ends whatever is under way. */
    private readonly signal: AbortSignal,
  ) {}

  get<Body>(path: string): Promise<Body> {
    return this.json('GET', path);
  }

  post<Body>(path: string, body: object): Promise<Body> {
    return this.json('POST', path, body);
  }

  patch<Body>(path: string, body: object): Promise<Body> {
    return this.json('PATCH', path, body);
  }

  /** Where the answer says what was begun. */
  remove<Body>(path: string): Promise<Body> {
    return this.json('DELETE', path);
  }

  async delete(path: string): Promise<void> {
    const response = await this.send(path, { method: 'DELETE' });
    await response.body?.cancel();
  }

  /** Streams the file from disk, under `name` or its own name. */
  async upload(path: string, fields: UploadFields, name = basename(path)): Promise<UploadedDocumentBody> {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields) as [string, string | readonly string[]][]) {
      form.set(field, typeof value === 'string' ? value : JSON.stringify(value));
    }
    form.set('file', await openAsBlob(path), name.normalize('NFC'));
    const response = await this.send('/documents', { method: 'POST', body: form });
    return (await response.json()) as UploadedDocumentBody;
  }

  document(id: string): Promise<DocumentBody> {
    return this.get(`/documents/${id}`);
  }

  documents(): Promise<DocumentPageBody> {
    return this.get('/documents?latest_only=false&limit=100');
  }

  ask(question: Question): Promise<AnswerBody> {
    return this.post('/query', question);
  }

  /** The evidence, then the answer in pieces, then all of it; throws ApiFailure when the answer ends in an error. */
  async *askStreaming(question: Question): AsyncGenerator<AnswerStreamEvent, void, undefined> {
    const response = await this.send('/query/stream', { method: 'POST', ...asJson(question) });
    if (response.body === null) throw new ApiFailure(response.status, 'unknown', 'the server sent an empty stream');
    yield* answerEvents(response.body);
  }

  private async json<Body>(method: string, path: string, body?: object): Promise<Body> {
    const response = await this.send(path, { method, ...(body === undefined ? {} : asJson(body)) });
    return (await response.json()) as Body;
  }

  /** Waits and asks again where the server says that it is too early: nothing was done then. */
  private async send(path: string, init: Sent, attempt = 1): Promise<Response> {
    const response = await this.fetch(path, init);
    if (response.ok) return response;
    if (response.status !== 429 || attempt === MOST_ATTEMPTS) throw await ApiFailure.from(response);
    await response.body?.cancel();
    const seconds = Math.min(Number(response.headers.get('retry-after')) || 1, LONGEST_WAIT_S);
    await sleep(seconds * 1_000, undefined, { signal: this.signal });
    return this.send(path, init, attempt + 1);
  }

  private async fetch(path: string, { method, body, type }: Sent): Promise<Response> {
    try {
      const headers = { authorization: `Bearer ${this.key}`, ...(type !== undefined && { 'content-type': type }) };
      return await fetch(`${this.url}/v1${path}`, { method, headers, signal: this.signal, ...(body !== undefined && { body }) });
    } catch (error) {
      this.signal.throwIfAborted();
      throw new ServerNotReached(this.url, error);
    }
  }
}

const asJson = (body: object) => ({ body: JSON.stringify(body), type: 'application/json' });
