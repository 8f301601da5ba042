import type { LogFields } from '@aegis/application/shared/log';
import { PinoLog } from './logger';
import { OtelTraceContext } from './otel-trace-context';

function setUp() {
  const lines: string[] = [];
  const log = new PinoLog({ level: 'info', name: 'test', destination: { write: (line: string) => void lines.push(line) } });
  return { log, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

/** As a database driver reports it: text of the query, its values and the row are in the error. */
class DriverError extends Error {
  override readonly name = 'QueryFailedError';
  readonly code = '23505';
  readonly query = 'INSERT INTO documents VALUES ($1)';
  readonly parameters = ['연봉 계약서.pdf'];
  readonly detail = 'Key (filename)=(연봉 계약서.pdf) already exists';
}

describe('PinoLog', () => {
  it('writes the fields of an event as one JSON line', () => {
    const { log, last } = setUp();
    log.info({ route: '/v1/query', status: 200, durationMs: 12 }, 'request');
    expect(last()).toMatchObject({ level: 'info', name: 'test', route: '/v1/query', status: 200, durationMs: 12, msg: 'request' });
  });

  it('drops a field that is not on the list', () => {
    const { log, last } = setUp();
    const careless: LogFields & { readonly query: string } = { requestId: 'r1', query: '내 연봉은 얼마인가?' };
    log.info(careless, 'request');
    expect(last()).toMatchObject({ requestId: 'r1' });
    expect(last()).not.toHaveProperty('query');
  });

  it('never prints the message, the query or the values of a driver error', () => {
    const { log, text, last } = setUp();
    log.error({ cause: new DriverError('duplicate key 연봉 계약서.pdf') }, 'request failed');
    expect(text()).not.toContain('연봉');
    expect(text()).not.toContain('INSERT');
    expect(last()).toMatchObject({ error: 'QueryFailedError', errorCode: '23505' });
    expect(last()['stack']).toContain('logger.spec');
  });

  it('says what a bug in our own code says, and what lies below it', () => {
    const { log, last } = setUp();
    log.error({ cause: new TypeError('cannot read x', { cause: new DriverError('secret') }) }, 'request failed');
    expect(last()).toMatchObject({ error: 'TypeError', errorMessage: 'cannot read x', causedBy: { error: 'QueryFailedError' } });
  });

  it('names the trace that a line belongs to, unless the line names another', async () => {
    const { log, last } = setUp();
    const traces = new OtelTraceContext();
    const [trace, other] = ['4bf92f3577b34da6a3ce929d0e0e4736', 'a'.repeat(32)];
    await traces.within(`00-${trace}-00f067aa0ba902b7-01`, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.info({ status: 200 }, 'request');
      expect(last()).toMatchObject({ traceId: trace, status: 200 });
      log.info({ traceId: other }, 'request');
      expect(last()).toMatchObject({ traceId: other });
    });
    log.info({ status: 200 }, 'request');
    expect(last()).not.toHaveProperty('traceId');
  });

  it('hides an API key that got into a field', () => {
    const { log, text } = setUp();
    log.warn({ detail: `refused ag_live_${'a'.repeat(61)}` }, 'odd');
    expect(text()).not.toContain('aaaa');
  });
});
