/**
 * The `data` of each event in a `text/event-stream`, lines of one event joined by LF. Comments and other fields are skipped; an event
 * that the end of the stream cuts off is dropped, as the standard says.
 */
export async function* eventData(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  let first = true;
  for await (const received of lines) {
    const line = first && received.startsWith('\uFEFF') ? received.slice(1) : received;
    first = false;
    if (line === '') {
      if (data.length > 0) yield data.join('\n');
      data = [];
    } else if (line === 'data' || line.startsWith('data:')) {
      const value = line.slice('data:'.length);
      data.push(value.startsWith(' ') ? value.slice(1) : value);
    }
  }
}
