import { constants, setPriority } from 'node:os';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { EmbedCall } from './embed-call';
import { Lanes, type LaneTask } from './lanes';
import { ModelTokenizer } from './model-tokenizer';
import { OnnxGraph } from './onnx-graph';
import type { OnnxReply, OnnxRequest } from './onnx-messages';
import type { OnnxSettings } from './onnx-settings';
import { readTokenCoding, TokenCoder } from './token-coder';
import { countTask, passagesTask, queriesTask, type OnnxParts } from './onnx-tasks';
import { StepAside } from './step-aside';

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
  const prefixTokens = { query: before(settings.prefixes.query), passage: before(settings.prefixes.passage) };
  const coder = coding && (await TokenCoder.open(coding, prefixTokens));
  const parts: OnnxParts = { tokenizer, graph, prefixes: settings.prefixes, coder, reply };
  const lanes = new Lanes();
  const aside = new StepAside();
  let working = false;
  let background = false;

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    // A whole turn of the event loop between two pieces of work: that is when new calls and cancellations come in.
    for (;;) {
      await turn();
      if (lanes.isEmpty) break;
      const pauseMs = aside.pauseMs(performance.now());
      if (pauseMs > 0) {
        await sleep(pauseMs);
        continue; // another search may have come, or the caller left
      }
      const task = lanes.next();
      if (task !== undefined && (await isFinished(task))) lanes.cancel(task.id);
    }
    working = false;
  }

  /** A run that fails is an answer to its own call, not the end of everybody's. */
  async function isFinished(task: LaneTask): Promise<boolean> {
    try {
      return await task.step();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reply({ type: 'failed', id: task.id, reason: 'unavailable', message });
      return true;
    }
  }

  port.on('message', (request: OnnxRequest) => {
    switch (request.type) {
      case 'cancel':
        lanes.cancel(request.id);
        return;
      case 'step_aside':
        if (!background) goToTheBackground();
        background = true;
        aside.search(performance.now());
        return;
      case 'close':
        port.close();
        void graph.release();
        void coder?.release();
        return;
      case 'count':
        lanes.add('count', countTask(request.id, request.texts, parts));
        break;
      case 'embed': {
        const call = new EmbedCall(request.id, request.texts, dimensions);
        lanes.add(request.kind, request.kind === 'query' ? queriesTask(call, parts) : passagesTask(call, parts));
      }
    }
    void work();
  });
  reply({ type: 'ready', dimensions });
}

/** From the first search on that goes by on another thread, nobody waits for this one. */
function goToTheBackground(): void {
  // Elsewhere the priority is the whole process's.
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
}

void main();
