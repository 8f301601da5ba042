import type { OnnxReply, OnnxRequest } from '@aegis/infrastructure/providers/embedding-model/onnx-messages';
import { ModelThread, type ModelThreadOptions } from '@aegis/infrastructure/providers/onnx/model-thread';
import { join } from 'node:path';

const entry = join(__dirname, '../support/failing-model-thread.js');
const patient = () => new AbortController().signal;

type EmbeddingThread = ModelThread<OnnxRequest, OnnxReply>;

describe('ModelThread', () => {
  const threads: EmbeddingThread[] = [];
  afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.close())));

  function open(options: Partial<ModelThreadOptions> = {}): EmbeddingThread {
    const thread: EmbeddingThread = new ModelThread({ provider: 'onnx', entry, workerData: {}, ...options });
    threads.push(thread);
    return thread;
  }
  const count = (thread: EmbeddingThread, ...texts: string[]) => thread.ask({ type: 'count', texts }, patient());

  it('fails all calls that wait when the thread dies, and starts again with the next call', async () => {
    const thread = open();
    const waiting = count(thread, '기다려');
    const last = count(thread, '끝');
    const ended = { reason: 'unavailable', retryable: true };
    await Promise.all([expect(waiting).rejects.toMatchObject(ended), expect(last).rejects.toMatchObject(ended)]);
    await expect(count(thread, '휴가', 'leave')).resolves.toMatchObject({ counts: [2, 5] });
  });

  it('stops starting a thread that dies again and again, until some time has passed', async () => {
    const thread = open({ starts: { count: 2, withinMs: 4_000 } });
    await expect(count(thread, '끝')).rejects.toThrow('the library crashed');
    await expect(count(thread, '끝')).rejects.toThrow('the library crashed');
    await expect(count(thread, '휴가')).rejects.toThrow('too often');
    await new Promise((resolve) => setTimeout(resolve, 4_050));
    await expect(count(thread, '휴가')).resolves.toMatchObject({ counts: [2] });
  });

  it('tells why it does not start', async () => {
    await expect(open({ workerData: { failsToStart: true } }).ready()).rejects.toThrow('가중치가 없다');
  });

  it('takes a bounded number of calls', async () => {
    const thread = open({ calls: 1 });
    const waiting = expect(count(thread, '기다려')).rejects.toMatchObject({ reason: 'cancelled' });
    await expect(count(thread, '휴가')).rejects.toMatchObject({ reason: 'unavailable', retryable: true });
    await thread.close();
    await waiting;
  });

  it('starts no more when it is closed', async () => {
    const thread = open();
    await thread.close();
    await expect(count(thread, '휴가')).rejects.toMatchObject({ reason: 'unavailable', retryable: false });
  });
});
