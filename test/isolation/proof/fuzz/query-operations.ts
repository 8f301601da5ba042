import { get, json } from './http-client';
import { choose, idempotencyKey, queryString, segment, TENANT, type Draw, type Operation, type Wire } from './operation';
import { department, docType, queryText, sharedName, tag } from './texts';
import type { Twin } from './twin';
import type { Values } from './values';

/** A query in one of many shapes; what it names may be anybody's. */
function queryBody(values: Values, { variant }: Draw, { canary }: Twin): object {
  const filters = choose(variant, 2, [
    () => undefined,
    () => undefined,
    () => ({ document_ids: [values.of('document', ['own', 'foreign', 'random'])].filter((id) => id !== null) }),
    () => ({ filenames: [values.of('filename') ?? sharedName(variant)] }),
    () => ({ filenames: [sharedName(variant)], tags: [tag(variant)] }),
    () => ({ tags: [`tag-${canary}`], doc_type: [docType(variant)] }),
    () => ({ department: [department(variant)], language: ['ko', 'en'] }),
  ])();
  const moment = choose(variant, 3, [true, false, false, false]) ? values.of('moment', ['own']) : null;
  return {
    query: choose(variant, 1, [queryText(variant), `${queryText(variant)} ${canary}`, queryText(variant + 1)]),
    // Without one it is the tenant's own.
    min_confidence: choose(variant, 1, [0, undefined, 0.7]),
    top_k: choose(variant, 0, [50, 3]),
    ...(moment !== null && { as_of_date: moment }),
    ...(filters !== undefined && { filters }),
    ...(choose(variant, 0, [true, false, false]) && { history: [{ role: 'user', content: `${queryText(variant)} ${canary}` }] }),
    retrieval: { strategy: choose(variant, 3, ['hybrid', 'bm25', 'vector']), fusion: choose(variant, 2, ['score', 'rrf']) },
  };
}

const learnQuery = (body: Wire, twin: Twin): void => twin.learn('query', body['query_id']);

const posted = (path: string, weight: number, learn: NonNullable<Operation['learn']>): Operation => ({
  weight,
  credentials: TENANT,
  ask: (values, draw, twin) => json('POST', path, queryBody(values, draw, twin), idempotencyKey(draw, twin)),
  learn,
});

const learnStream: NonNullable<Operation['learn']> = (_body, twin, { text }) =>
  twin.learn('query', /"query_id":"([0-9a-f-]{36})"/.exec(text)?.[1]);

const byTicket: Operation = {
  weight: 1,
  credentials: ['nobody'],
  ask: (values) => {
    const ticket = values.of('ticket');
    return ticket === null ? null : get(`/query/stream${queryString({ ticket })}`);
  },
  learn: learnStream,
};

const audit: Operation = {
  weight: 2,
  credentials: TENANT,
  ask: (values) => {
    const id = values.of('query');
    return id === null ? null : get(`/audit/${segment(id)}`);
  },
};

const replay: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (values) => {
    const id = values.of('query');
    return id === null ? null : { method: 'POST', path: `/audit/${segment(id)}/replay`, headers: {}, body: null };
  },
};

const usage: Operation = {
  weight: 1,
  credentials: TENANT,
  ask: (_values, { variant }) =>
    get(`/usage${queryString(choose(variant, 0, [{}, { period_start: '2024-01-01', period_end: '2024-12-31' }, { period_start: 'x' }]))}`),
};

const usageRecords: Operation = {
  weight: 1,
  credentials: TENANT,
  isUnordered: true,
  ask: (values, { variant }) => {
    const cursor = choose(variant, 0, [true, false]) ? values.of('usage_cursor') : null;
    return choose(variant, 1, [true, true, false])
      ? get(`/usage/records${queryString({ limit: '100', cursor })}`)
      : get('/usage/records', { accept: 'text/csv' });
  },
};

export const QUERY_OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /v1/query': posted('/query', 2, learnQuery),
  'POST /v1/search': posted('/search', 2, learnQuery),
  'POST /v1/query/stream': posted('/query/stream', 1, learnStream),
  'POST /v1/query/stream/tickets': posted('/query/stream/tickets', 1, (body, twin) => twin.learn('ticket', body['ticket'])),
  'GET /v1/query/stream': byTicket,
  'GET /v1/usage': usage,
  'GET /v1/usage/records': usageRecords,
  'GET /v1/audit/{query_id}': audit,
  'POST /v1/audit/{query_id}/replay': replay,
};
