import type { CrossEncoder } from '@aegis/application/providers/cross-encoder';
import { CohereRerank } from '@aegis/infrastructure/providers/reranker/cohere-rerank';
import { JinaRerank } from '@aegis/infrastructure/providers/reranker/jina-rerank';
import { OnnxCrossEncoder } from '@aegis/infrastructure/providers/reranker/onnx-cross-encoder';
import { RemoteCrossEncoder } from '@aegis/infrastructure/providers/reranker/remote-cross-encoder';
import type { RerankProtocol, RerankServer } from '@aegis/infrastructure/providers/reranker/rerank-protocol';
import { TeiRerank } from '@aegis/infrastructure/providers/reranker/tei-rerank';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RerankProtocolServer, type Fault } from '../support/rerank-protocol-server';
import { tinyScore, writeTinyCrossEncoder } from '../support/tiny-cross-encoder';

const KEY = 'test-key';
const QUERY = '휴가 paid';
const PASSAGES = ['leave', 'paid leave', '휴가 연차', '연차', 'paid', '휴가'];
const patient = () => new AbortController().signal;
const PROTOCOLS: Record<string, (server: RerankServer) => RerankProtocol> = {
  tei: (server) => new TeiRerank(server),
  cohere: (server) => new CohereRerank(server),
  jina: (server) => new JinaRerank(server),
};

const folder = mkdtempSync(join(tmpdir(), 'aegis-cross-'));
const server = RerankProtocolServer.start();
const open: CrossEncoder[] = [];
afterAll(async () => {
  await Promise.all(open.map((encoder) => encoder.close()));
  await (await server).close();
  rmSync(folder, { recursive: true });
});

async function start(provider: string, timeoutMs = 5_000, path = ''): Promise<CrossEncoder> {
  const protocol = PROTOCOLS[provider];
  if (protocol === undefined) writeTinyCrossEncoder(folder);
  const baseUrl = new URL(`${(await server).origin}${path}`);
  const encoder =
    protocol === undefined
      ? await OnnxCrossEncoder.open({ directory: folder, timeoutMs })
      : new RemoteCrossEncoder(protocol({ baseUrl, apiKey: KEY, model: 'a-model' }), timeoutMs);
  open.push(encoder);
  return encoder;
}

describe.each(['onnx', ...Object.keys(PROTOCOLS)])('cross-encoder %s', (provider) => {
  beforeAll(async () => {
    (await server).scoreOf = tinyScore;
  });

  it('gives a finite score for each passage, in their order, the same every time', async () => {
    const encoder = await start(provider);
    const first = await encoder.score({ query: QUERY, passages: PASSAGES, signal: patient() });
    expect(first.scores).toEqual(PASSAGES.map((passage) => tinyScore(QUERY, passage)));
    expect(await encoder.score({ query: QUERY, passages: PASSAGES, signal: patient() })).toEqual(first);
    const turned = await encoder.score({ query: QUERY, passages: [...PASSAGES].reverse(), signal: patient() });
    expect(turned.scores).toEqual([...first.scores].reverse());
  });

  it('says who it is, and knows nothing of weights that are elsewhere', async () => {
    const { identity } = await start(provider);
    expect(identity.provider).toBe(provider);
    expect(identity.digest === null).toBe(provider !== 'onnx');
  });

  it('asks nobody for nothing', async () => {
    const encoder = await start(provider);
    const { length } = (await server).requests;
    expect(await encoder.score({ query: QUERY, passages: [], signal: patient() })).toEqual({
      scores: [],
      usage: { tokens: 0, searches: 0 },
    });
    expect((await server).requests).toHaveLength(length);
  });

  it('leaves with its caller, and serves nobody when it is closed', async () => {
    const encoder = await start(provider);
    const caller = new AbortController();
    caller.abort();
    await expect(encoder.score({ query: QUERY, passages: PASSAGES, signal: caller.signal })).rejects.toMatchObject({ reason: 'cancelled' });
    await encoder.close();
    await expect(encoder.score({ query: QUERY, passages: PASSAGES, signal: patient() })).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

describe.each(Object.keys(PROTOCOLS))('%s over HTTP', (provider) => {
  beforeAll(async () => {
    (await server).scoreOf = tinyScore;
  });
  afterEach(async () => (await server).heal());
  const score = async (timeoutMs?: number) =>
    (await start(provider, timeoutMs)).score({ query: QUERY, passages: PASSAGES, signal: patient() });

  it('asks as the provider documents it, with its key, below a path of its own too', async () => {
    await (await start(provider, 5_000, '/gateway')).score({ query: QUERY, passages: PASSAGES, signal: patient() });
    const sent = (await server).requests.at(-1);
    const paths: Record<string, string> = { tei: '/rerank', cohere: '/v2/rerank', jina: '/v1/rerank' };
    expect(sent).toMatchObject({ path: `/gateway${paths[provider]}`, authorization: `Bearer ${KEY}` });
    const bodies: Record<string, object> = {
      tei: { query: QUERY, texts: PASSAGES, raw_scores: true, return_text: false, truncate: true },
      cohere: { model: 'a-model', query: QUERY, documents: PASSAGES, top_n: PASSAGES.length },
      jina: { model: 'a-model', query: QUERY, documents: PASSAGES, top_n: PASSAGES.length, return_documents: false },
    };
    expect(sent?.body).toEqual(bodies[provider]);
  });

  it('tells what is billed', async () => {
    const { usage } = await score();
    if (provider === 'jina') expect(usage).toEqual({ tokens: 7 * PASSAGES.length, searches: 0 });
    else expect([usage.tokens > 7 * PASSAGES.length, usage.searches]).toEqual([true, provider === 'cohere' ? 2 : 0]);
  });

  if (provider === 'cohere') {
    it('tells what was read where the provider says so, else an upper bound of it', async () => {
      (await server).tellsTokens = true;
      expect((await score()).usage).toEqual({ tokens: 7 * PASSAGES.length, searches: 2 });
      (await server).tellsTokens = false;
    });
  }

  it.each<[Fault, string]>([
    ['html', 'bad_answer'],
    ['redirect', 'bad_answer'],
    ['too_long', 'bad_answer'],
    ['one_too_few', 'bad_answer'],
    ['one_twice', 'bad_answer'],
    ['beyond_the_end', 'bad_answer'],
    ['half_a_place', 'bad_answer'],
    ['not_a_number', 'bad_answer'],
    ['slow_down', 'unavailable'],
  ])('believes nothing of %s, and asks once', async (fault, reason) => {
    const { length } = (await server).requests;
    (await server).fail(fault);
    await expect(score()).rejects.toMatchObject({ reason });
    expect((await server).requests).toHaveLength(length + 1);
  });

  it.each<Fault>(['error_500', 'close_mid_body'])('tries once more after %s', async (fault) => {
    (await server).fail(fault);
    await expect(score()).resolves.toMatchObject({ scores: PASSAGES.map((passage) => tinyScore(QUERY, passage)) });
    (await server).fail(fault, fault);
    await expect(score()).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it.each<Fault>(['hang', 'drip'])('ends in time where the answer does not come: %s', async (fault) => {
    (await server).fail(fault, fault);
    const { length } = (await server).requests;
    const startedAt = performance.now();
    await expect(score(250)).rejects.toMatchObject({ reason: 'timeout' });
    // Of the whole call: a second attempt gets no second time.
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await sleep(600);
    expect((await server).requests).toHaveLength(length + 1);
  });

  it('is left alone for a while after failing again and again', async () => {
    const encoder = await start(provider);
    (await server).fail('html', 'html', 'html', 'html', 'html');
    const ask = () => encoder.score({ query: QUERY, passages: PASSAGES, signal: patient() });
    for (let count = 0; count < 5; count += 1) await expect(ask()).rejects.toMatchObject({ reason: 'bad_answer' });
    const { length } = (await server).requests;
    await expect(ask()).rejects.toMatchObject({ reason: 'breaker_open' });
    expect((await server).requests).toHaveLength(length);
  });

  it('says nothing of texts or key in its errors', async () => {
    (await server).fail('not_a_number');
    const error: unknown = await score().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify([String(error), error])).not.toMatch(new RegExp([KEY, ...PASSAGES].join('|')));
  });
});
