import type { DestinationStream } from 'pino';

const LEVELS: Readonly<Record<string, string>> = { info: 'INFO ', warn: 'WARN ', error: 'ERROR', fatal: 'FATAL' };
const LEFT_OUT = ['level', 'time', 'name', 'msg', 'requestId', 'traceId'];

/** `LOG_FORMAT=pretty`: the same events for a person at a terminal, one line each. */
export class PrettyLines implements DestinationStream {
  constructor(private readonly out: { write(text: string): unknown }) {}

  /** Takes a line as pino writes it; what is none goes through as it is. */
  write(line: string): void {
    const event = parse(line);
    this.out.write(event === null ? line : `${pretty(event)}\n`);
  }
}

function pretty(event: Readonly<Record<string, unknown>>): string {
  const level = String(event['level']);
  const fields = Object.entries(event).filter(([name]) => !LEFT_OUT.includes(name));
  const shown = fields.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [String(event['time']).slice(11, 23), LEVELS[level] ?? level.toUpperCase(), String(event['msg']), ...shown].join(' ');
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
