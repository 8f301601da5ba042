import type { SearchRequest } from './evaluation-plan';
import type { Passage } from './open-set';
import type { Strategy } from './strategies';

export interface Found {
  /** Of every result, best first; one file can be there with several chunks. */
  readonly filenames: readonly string[];
  readonly confidence: number;
  readonly degraded: readonly string[];
  readonly latencyMs: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers that a client should try again, and how often. */
const TRY_AGAIN = new Set([409, 429, 503]);
const ATTEMPTS = 8;
const TOP_K = 20;
const PAGE = 100;

export const fileOf = (passageId: string): string => `${passageId}.txt`;

/** The routes that the evaluation uses, as any client calls them. `key`: a tenant's, or the administrator's for `/admin`. */
export class AegisApi {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** A new tenant that no quota and no rate limit stops; answers its id and its key. */
  async createTenant(name: string): Promise<{ id: string; key: string }> {
    const about = { name, monthly_quota_usd: 1_000_000, settings: { rate_limit_rps: 10_000, tokens_per_hour: 1_000_000_000 } };
    const body = await this.call('POST', '/admin/tenants', 201, JSON.stringify(about));
    const { id, api_key: apiKey } = body as { id: string; api_key: { key: string } };
    return { id, key: apiKey.key };
  }

  async deleteTenant(id: string): Promise<void> {
    const { status } = await this.send('DELETE', `/admin/tenants/${id}`);
    if (status >= 300) throw new Error(`DELETE /admin/tenants/${id} was answered ${status}`);
  }

  /** Safe to repeat: the same passage again is the same document. */
  async upload(passage: Passage): Promise<void> {
    const form = new FormData();
    if (passage.title !== '') form.append('title', passage.title);
    if (passage.document !== undefined) form.append('tags', JSON.stringify([passage.document]));
    form.append('file', new Blob([passage.text]), fileOf(passage.id));
    await this.call('POST', '/documents', [200, 202], form, { 'idempotency-key': `evaluation-${passage.id}` });
  }

  /** How many documents have this status, counted up to a hundred. */
  async countOf(status: 'pending' | 'processing' | 'failed'): Promise<number> {
    return (await this.page(`status=${status}`)).data.length;
  }

  /** Names of all documents that can be found. */
  async completedFiles(): Promise<Set<string>> {
    const names = new Set<string>();
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { data, next_cursor: next } = await this.page(`status=completed${after}`);
      data.forEach(({ filename }) => names.add(filename));
      cursor = next;
    } while (cursor !== null);
    return names;
  }

  async search(request: SearchRequest, { retrieval }: Strategy): Promise<Found> {
    const body = JSON.stringify({ ...request, top_k: TOP_K, ...(retrieval === undefined ? {} : { retrieval }) });
    const before = performance.now();
    const answer = await this.call('POST', '/search', 200, body);
    const { results, confidence, degraded } = answer as {
      results: readonly { filename: string }[];
      confidence: number;
      degraded: readonly string[];
    };
    return { filenames: results.map(({ filename }) => filename), confidence, degraded, latencyMs: performance.now() - before };
  }

  private async page(query: string): Promise<{ data: readonly { filename: string }[]; next_cursor: string | null }> {
    const body = await this.call('GET', `/documents?limit=${PAGE}&${query}`, 200);
    return body as { data: readonly { filename: string }[]; next_cursor: string | null };
  }

  private async call(
    method: string,
    path: string,
    wanted: number | readonly number[],
    body?: string | FormData,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(method, path, body, headers);
      if ([wanted].flat().includes(answer.status)) return answer.body;
      if (attempt === ATTEMPTS || !TRY_AGAIN.has(answer.status)) {
        throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250 * attempt));
    }
  }

  private async send(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const json = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...json, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }
}
