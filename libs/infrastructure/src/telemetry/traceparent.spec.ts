import { traceIdIn } from './traceparent';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const ZEROS = '0'.repeat(32);

describe('traceIdIn', () => {
  it.each([
    ['the version of today', `00-${TRACE}-${PARENT}-01`],
    ['one that is not recorded', `00-${TRACE}-${PARENT}-00`],
    ['flags that nobody has defined', `00-${TRACE}-${PARENT}-ff`],
    ['a later version', `cc-${TRACE}-${PARENT}-01`],
    ['a later version that says more', `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`],
  ])('reads %s', (_, traceparent) => {
    expect(traceIdIn(traceparent)).toBe(TRACE);
  });

  it.each([
    ['nothing', ''],
    ['some other text', '추적 번호 1'],
    ['no version', `${TRACE}-${PARENT}-01`],
    ['the version that there never will be', `ff-${TRACE}-${PARENT}-01`],
    ['a version of one digit', `0-${TRACE}-${PARENT}-01`],
    ['a version that is no number', `.0-${TRACE}-${PARENT}-01`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['a trace of zeros', `00-${ZEROS}-${PARENT}-01`],
    ['a parent of zeros', `00-${TRACE}-${ZEROS.slice(0, 16)}-01`],
    ['a trace that is too long', `00-${TRACE}1-${PARENT}-01`],
    ['a parent that is too short', `00-${TRACE}-${PARENT.slice(1)}-01`],
    ['letters that are no digits', `00-${TRACE.replace('f', 'g')}-${PARENT}-01`],
    ['no flags', `00-${TRACE}-${PARENT}`],
    ['flags of one digit', `00-${TRACE}-${PARENT}-1`],
    ['more than the version of today has', `00-${TRACE}-${PARENT}-01-more`],
    ['more without a hyphen in a later version', `cc-${TRACE}-${PARENT}-01.more`],
    ['two headers', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['a line break behind it', `00-${TRACE}-${PARENT}-01\n`],
  ])('does not believe %s', (_, traceparent) => {
    expect(traceIdIn(traceparent)).toBeNull();
  });
});
