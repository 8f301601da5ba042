import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { parentPort } from 'node:worker_threads';
import type { LateAnswer, LateCall } from './late-messages';

/** Entry of the thread that compares token vectors. */
const port = parentPort;
if (port === null) throw new Error('late-worker is a worker thread');

port.on('message', ({ id, query, passages, lengths }: LateCall) => {
  const ready = new LateQuery(query);
  let at = 0;
  const scores = lengths.map((length) => ready.score(passages.subarray(at, (at += length))));
  port.postMessage({ id, scores } satisfies LateAnswer);
});
