import { createServer, type AddressInfo } from 'node:net';
import type { CliConfig } from './config';
import { describeFailure, exitCodeOf } from './exit-codes';
import { createProgram } from './program';
import { Terminal } from './terminal/terminal';

let nobody: string;

/** An address where a server was, a moment ago. */
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  nobody = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((resolve) => server.close(resolve));
});

/** Runs a command line as main.ts does, with an environment in which nothing is set but what is given. */
async function run(line: readonly string[], given: { readonly apiKey?: string } = {}) {
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text) };
  const config: CliConfig = {
    folder: __dirname,
    noColor: true,
    settings: () => {
      throw new Error('no command of this test reads all settings');
    },
    connection: () => ({ url: nobody, apiKey: given.apiKey, adminKey: undefined }),
    migrationUrls: () => ({ runtime: undefined, owner: undefined, bootstrap: undefined }),
    demoEnvironment: () => ({}),
  };
  const context = { config, terminal: new Terminal(stream, stream, true), signal: new AbortController().signal };
  try {
    const program = createProgram(context);
    quiet(program);
    await program.parseAsync(line, { from: 'user' });
    return { code: 0, message: '' };
  } catch (error) {
    return { code: exitCodeOf(error), message: describeFailure(error) };
  }
}

function quiet(command: ReturnType<typeof createProgram>): void {
  command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const each of command.commands) quiet(each);
}

const KEY = { apiKey: 'ag_live_test' };

describe('the command line', () => {
  it.each<[string, readonly string[], number]>([
    ['help', ['--help'], 0],
    ['help of a command', ['ask', '--help'], 0],
    ['an unknown command', ['dance'], 2],
    ['an unknown option', ['ask', '한글', '--loud'], 2],
    ['a missing argument', ['ask'], 2],
    ['a number out of range', ['ask', 'x', '--top-k', '51'], 2],
    ['half a chunk', ['ask', 'x', '--top-k', '1.5'], 2],
    ['a scope that does not exist', ['keys', 'create', 't', '--name', 'x', '--scope', 'everything'], 2],
    ['an address that is none', ['ask', 'x', '--url', 'aegis'], 2],
    ['one title for two files', ['ingest', 'main.ts', 'program.ts', '--title', 'x'], 2],
    ['a file that is not there', ['ingest', 'no-such-file.pdf'], 66],
    ['a server that is not there', ['ask', 'x'], 69],
    ['a database that is not configured', ['migrate'], 78],
  ])('ends with its code after %s', async (_name, line, code) => {
    expect(await run(line, KEY)).toMatchObject({ code });
  });

  it('says where a missing key comes from', async () => {
    expect(await run(['ask', 'x'])).toEqual({ code: 2, message: 'An API key is needed: give --key, or set AEGIS_API_KEY.' });
    expect((await run(['tenants', 'list'])).message).toContain('AEGIS_ADMIN_KEY');
  });

  it('says how to get a server', async () => {
    expect((await run(['ask', 'x'], KEY)).message).toContain('npm start');
  });

  it('has no command that does nothing yet', () => {
    const stream = { write: () => true };
    const context = { config: {} as CliConfig, terminal: new Terminal(stream, stream, true), signal: new AbortController().signal };
    const names = createProgram(context).commands.map((command) => command.name());
    expect(names.sort()).toEqual(['administrators', 'ask', 'calibrate', 'demo', 'ingest', 'keys', 'migrate', 'reindex', 'tenants']);
  });
});
