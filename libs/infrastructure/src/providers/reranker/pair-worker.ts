import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ModelTokenizer } from '../embedding-model/model-tokenizer';
import type { OnnxSettings } from '../embedding-model/onnx-settings';
import { PairGraph } from './pair-graph';
import type { PairCall, PairReply } from './pair-messages';
import { pairTemplate, pairTokens, type PairTokens } from './pair-template';

/** Pairs of one run: more are not faster on one thread, and whoever leaves waits for the run to end. */
const PAIRS_A_RUN = 8;

interface Task {
  readonly id: number;
  readonly pairs: readonly PairTokens[];
  /** Places of the pairs, the shortest first, so that little is padded. */
  readonly left: number[];
  readonly scores: number[];
}

/** Entry of the thread that owns a cross-encoder. What it throws ends it; the other side answers for its calls and starts it again. */
async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('pair-worker is a worker thread');
  const settings = workerData as OnnxSettings;
  const tokenizer = ModelTokenizer.read(settings);
  const template = pairTemplate(JSON.parse(readFileSync(settings.tokenizerFile, 'utf8')) as Record<string, unknown>);
  const graph = await PairGraph.open(settings.modelFile, tokenizer.padId);
  const pairOf = (query: readonly number[], passage: string): PairTokens =>
    pairTokens(template, { query, passage: tokenizer.body(passage, settings.maxTokens) }, settings.maxTokens);
  const probe = await graph.score([pairOf(tokenizer.body('probe', settings.maxTokens), 'probe')]);
  if (!probe.every(Number.isFinite)) throw new Error('the model gives no score');
  const reply = (message: PairReply): void => port.postMessage(message);
  let waiting: Task[] = [];
  let working = false;

  /** One run of each call in turn. A whole turn of the event loop between two: that is when new calls and cancellations come in. */
  async function work(): Promise<void> {
    if (working) return;
    working = true;
    for (;;) {
      await turn();
      const task = waiting.shift();
      if (task === undefined) break;
      try {
        await step(task);
      } catch (error) {
        reply({ type: 'failed', id: task.id, reason: 'unavailable', message: error instanceof Error ? error.message : String(error) });
      }
    }
    working = false;
  }

  async function step(task: Task): Promise<void> {
    const places = task.left.splice(0, PAIRS_A_RUN);
    const scores = await graph.score(places.flatMap((place) => task.pairs[place] ?? []));
    for (const [at, place] of places.entries()) task.scores[place] = scores[at] ?? NaN;
    if (task.left.length > 0) waiting.push(task);
    else if (task.scores.every(Number.isFinite)) {
      const tokens = task.pairs.reduce((sum, { ids }) => sum + ids.length, 0);
      reply({ type: 'scored', id: task.id, scores: task.scores, tokens });
    } else reply({ type: 'failed', id: task.id, reason: 'bad_answer', message: 'the model gave a score that is no number' });
  }

  port.on('message', (call: PairCall) => {
    if (call.type === 'cancel') {
      waiting = waiting.filter(({ id }) => id !== call.id);
    } else if (call.type === 'close') {
      port.close();
      void graph.release();
    } else {
      const query = tokenizer.body(call.query, settings.maxTokens);
      const pairs = call.passages.map((passage) => pairOf(query, passage));
      const left = pairs.map((_, place) => place).sort((a, b) => (pairs[a]?.ids.length ?? 0) - (pairs[b]?.ids.length ?? 0) || a - b);
      waiting.push({ id: call.id, pairs, left, scores: pairs.map(() => NaN) });
      void work();
    }
  });
  reply({ type: 'ready', dimensions: 1 });
}

void main();
