import { exitCodeOf } from '../exit-codes';
import { ApiFailure } from './api-failure';

const answer = (status: number, body: string): Response => new Response(body, { status });

describe('ApiFailure', () => {
  it('says what the problem document says, with the fields at fault', async () => {
    const errors = [{ pointer: '/top_k', code: 'out_of_range', message: 'must be at most 50' }];
    const failure = await ApiFailure.from(
      answer(400, JSON.stringify({ code: 'validation_failed', detail: 'Some fields are wrong.', errors })),
    );
    expect(failure).toMatchObject({ status: 400, code: 'validation_failed' });
    expect(failure.message).toBe('Some fields are wrong. (validation_failed)\n  /top_k: must be at most 50');
  });

  it('makes do with an answer that is no problem document', async () => {
    const failure = await ApiFailure.from(answer(502, '<html>Bad Gateway</html>'));
    expect(failure).toMatchObject({ code: 'unknown', message: 'the server answered 502 without saying why' });
  });

  it.each([
    [401, 77],
    [403, 77],
    [404, 1],
    [402, 1],
    [422, 65],
    [429, 75],
    [503, 75],
    [500, 70],
  ])('ends a command that met a %d with %d', (status, code) => {
    expect(exitCodeOf(new ApiFailure(status, 'x', 'x'))).toBe(code);
  });
});
