import { eventData } from './server-sent-events';

async function dataOf(text: string): Promise<string[]> {
  const read: string[] = [];
  const lines = async function* () {
    for (const line of text.split('\n')) yield await Promise.resolve(line);
  };
  for await (const data of eventData(lines())) read.push(data);
  return read;
}

describe('eventData', () => {
  it('joins the data lines of an event and takes one space after the colon', async () => {
    expect(await dataOf('data: 하나\ndata:둘\ndata:  셋\n\n')).toEqual(['하나\n둘\n 셋']);
  });

  it('skips comments, other fields and events without data', async () => {
    expect(await dataOf(': 살아 있음\n\nevent: x\nid: 3\ndatax: no\n\ndata: 네\n\n')).toEqual(['네']);
  });

  it('keeps an empty data line, drops an event that was cut off, and a mark at the start', async () => {
    expect(await dataOf('\uFEFFdata\n\ndata: 끝나지 않음')).toEqual(['']);
  });
});
