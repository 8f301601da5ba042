import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { parentPort } from 'node:worker_threads';
import type { LateCall, LateReply, LateScores } from './late-messages';
import { LevelProducts } from './level-products';

/** Entry of the thread that compares token vectors. What it throws ends it; the other side answers for its calls and starts it again. */
async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('late-worker is a worker thread');
  const products = await LevelProducts.open();
  const reply = (message: LateReply): void => port.postMessage(message);

  async function score(call: Extract<LateCall, { readonly type: 'score' }>): Promise<LateScores['scores']> {
    const query = new LateQuery(call.query);
    let at = 0;
    const levels = query.levelsOf(call.lengths.map((length) => call.passages.subarray(at, (at += length))));
    return query.scores(levels, await products.of(levels.rows, query.columns, query.axes));
  }

  port.on('message', (call: LateCall) => {
    if (call.type === 'close') {
      port.close();
      void products.release();
    } else if (call.type === 'score') {
      const { id } = call;
      score(call).then(
        (scores) => reply({ type: 'scored', id, scores }),
        (error: unknown) =>
          reply({ type: 'failed', id, reason: 'unavailable', message: error instanceof Error ? error.message : String(error) }),
      );
    }
  });
  reply({ type: 'ready', dimensions: 0 });
}

void main();
