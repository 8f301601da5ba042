import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../config';
import { DemoServer } from '../demo/demo-server';
import { runDemo, type DemoOutcome } from '../demo/run-demo';
import { CommandFailed } from '../exit-codes';
import type { CommandContext } from './command-context';

export function addDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('two companies, their documents and questions, on a server of its own that is gone afterwards')
    .option('--keep', 'leave the server up, and print its address and keys')
    .action((options: { readonly keep?: true }) => run(options.keep === true, context));
}

async function run(keep: boolean, context: CommandContext): Promise<void> {
  const server = DemoServer.start(serverEntry(), { LLM_PROVIDER: 'extractive', ...context.config.demoEnvironment() });
  let left = false;
  try {
    const outcome = await runDemo(server, context);
    if (outcome.problems.length > 0) throw new CommandFailed(`The demo found ${outcome.problems.length} things that are not as expected.`);
    if (!keep) return;
    describeKept(server, outcome, context);
    server.leave();
    left = true;
  } finally {
    if (!left) {
      context.terminal.progress('stopping the server…');
      await server.stop();
      context.terminal.write('');
    }
  }
}

/** The API as it was built beside this command: by swc in one tree, by `nest build` in a tree of its own. */
function serverEntry(): string {
  const beside = join(__dirname, '..', '..', '..', 'api', 'src', 'main.js');
  return existsSync(beside) ? beside : join(ROOT, 'dist', 'apps', 'api', 'apps', 'api', 'src', 'main.js');
}

function describeKept(server: DemoServer, { url, tenants }: DemoOutcome, { terminal }: CommandContext): void {
  terminal.print();
  terminal.print(`The server goes on at ${url} (Swagger UI: ${url}/docs).`);
  terminal.print(`Admin key  ${server.adminKey}`);
  for (const { about, apiKey } of tenants) terminal.print(`API key    ${apiKey}  ${about.name}`);
  terminal.print(`Data       ${server.folder}`);
  terminal.print(`Stop it with: kill ${server.pid ?? ''}; then remove the data folder.`);
}
