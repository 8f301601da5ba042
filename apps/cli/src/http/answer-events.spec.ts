import { answerEvents, type AnswerStreamEvent } from './answer-events';

/** The bytes of a stream, cut every `size` bytes: in the middle of syllables and of frames. */
async function* cutEvery(size: number, text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.slice(at, at + size));
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<AnswerStreamEvent[]> {
  const events: AnswerStreamEvent[] = [];
  for await (const event of answerEvents(stream)) events.push(event);
  return events;
}

const frame = (event: string, data: object): string => `id: 1\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const TOKENS = frame('token', { content: '매출은 ' }) + ': keep-alive\n\n' + frame('token', { content: '42억원' });

describe('answerEvents', () => {
  it.each([1, 3, 7, 1_000])('reads the events however the bytes were cut (%d at a time)', async (size) => {
    const events = await read(cutEvery(size, TOKENS + frame('done', { answer: '매출은 42억원' })));
    expect(events.map(({ event }) => event)).toEqual(['token', 'token', 'done']);
    expect(events.map(({ data }) => ('content' in data ? data.content : ''))).toEqual(['매출은 ', '42억원', '']);
  });

  it('skips an event that it does not know', async () => {
    const events = await read(cutEvery(9, frame('weather', { sun: true }) + frame('done', {})));
    expect(events.map(({ event }) => event)).toEqual(['done']);
  });

  it('fails with the problem that ended the answer', async () => {
    const problem = { status: 503, code: 'shutting_down', detail: 'The server is going down.' };
    await expect(read(cutEvery(50, TOKENS + frame('error', problem)))).rejects.toMatchObject({ status: 503, code: 'shutting_down' });
  });

  it('fails when the stream ends before the answer does', async () => {
    await expect(read(cutEvery(50, TOKENS))).rejects.toMatchObject({ code: 'stream_cut' });
  });
});
