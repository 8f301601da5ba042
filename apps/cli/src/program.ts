import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addAdministrators } from './commands/administrators';
import { addAsk } from './commands/ask';
import { addCalibrate } from './commands/calibrate';
import type { CommandContext } from './commands/command-context';
import { addDemo } from './commands/demo';
import { addIngest } from './commands/ingest';
import { addKeys } from './commands/keys';
import { addMigrate } from './commands/migrate';
import { addReindex } from './commands/reindex';
import { addTenants } from './commands/tenants';
import { ROOT } from './config';

/** All commands. Parsing throws CommanderError instead of ending the process. */
export function createProgram(context: CommandContext): Command {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('aegis')
    .description('AEGIS: answers from a company’s own documents, with their sources, or a refusal.')
    .version(version)
    .helpCommand(false)
    .showHelpAfterError('(add --help to see what there is)')
    .exitOverride();
  for (const add of [addAsk, addIngest, addTenants, addKeys, addAdministrators, addMigrate, addReindex, addCalibrate, addDemo])
    add(program, context);
  everyCommand(program, (command) => command.exitOverride());
  return program;
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const each of command.commands) everyCommand(each, change);
}
