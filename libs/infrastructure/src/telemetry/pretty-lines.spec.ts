import { PinoLog } from './logger';
import { PrettyLines } from './pretty-lines';

describe('PrettyLines', () => {
  it('shows an event with its time, level and fields on one line', () => {
    const lines: string[] = [];
    const destination = new PrettyLines({ write: (text: string) => lines.push(text) });
    new PinoLog({ level: 'info', name: 'api', destination }).info({ route: '/v1/query', status: 200 }, 'request');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}request route=\/v1\/query status=200\n$/);
  });
});
