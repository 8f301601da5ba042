import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { EmbedCall } from './embed-call';
import { Lanes } from './lanes';
import { ModelTokenizer } from './model-tokenizer';
import { OnnxGraph } from './onnx-graph';
import type { OnnxReply, OnnxRequest } from './onnx-messages';
import type { OnnxSettings } from './onnx-settings';
import { readTokenCoding, TokenCoder } from './token-coder';
import { countTask, embedQuery, passagesTask, type OnnxParts, type WaitingQuery } from './onnx-tasks';

/** Entry of the thread that owns tokenizer and model. What it throws ends it; the other side answers for its calls and starts it again. */
async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('onnx-worker is a worker thread');
  const settings = workerData as OnnxSettings;
  const tokenizer = ModelTokenizer.read(settings);
  const graph = await OnnxGraph.open(settings, tokenizer.padId);
  const [probe] = await graph.embed([tokenizer.encode(settings.prefixes.query).ids]);
  if (probe === undefined) throw new Error('the model gives vectors without direction');
  const dimensions = probe.length;
  const reply = (message: OnnxReply): void => {
    port.postMessage(message);
  };
  const coding = readTokenCoding(settings.projectionFile);
  if (coding !== undefined && coding.projection.width !== dimensions) throw new Error('token-projection.bin is of another model');
  const before = (prefix: string): number => tokenizer.encode(prefix.trim()).ids.length - 1;
  const coder = coding && new TokenCoder(coding, { query: before(settings.prefixes.query), passage: before(settings.prefixes.passage) });
  const parts: OnnxParts = { tokenizer, graph, prefixes: settings.prefixes, coder, reply };
  const lanes = new Lanes<WaitingQuery>();
  let working = false;

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    // A whole turn of the event loop between two pieces of work: that is when new calls and cancellations come in.
    for (;;) {
      await turn();
      const next = lanes.next();
      if (next === undefined) break;
      if ('query' in next) await answering(next.query.id, () => embedQuery(next.query, parts));
      else if (await answering(next.task.id, () => next.task.step())) lanes.finish(next.task);
    }
    working = false;
  }

  /** A run that fails is an answer to its own call, not the end of everybody's. */
  async function answering<T>(id: number, piece: () => Promise<T>): Promise<T | undefined> {
    try {
      return await piece();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      lanes.cancel(id);
      reply({ type: 'failed', id, reason: 'unavailable', message });
      return undefined;
    }
  }

  port.on('message', (request: OnnxRequest) => {
    switch (request.type) {
      case 'cancel':
        lanes.cancel(request.id);
        return;
      case 'close':
        port.close();
        void graph.release();
        return;
      case 'count':
        lanes.addCount(countTask(request.id, request.texts, parts));
        break;
      case 'embed': {
        const call = new EmbedCall(request.id, request.texts, dimensions);
        if (request.kind === 'passage') lanes.addPassages(passagesTask(call, parts));
        else lanes.addQueries(request.texts.map((text, position) => ({ id: request.id, call, position, text })));
      }
    }
    void work();
  });
  reply({ type: 'ready', dimensions });
}

void main();
