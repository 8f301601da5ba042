import { Option, type Command } from 'commander';
import { SCOPES } from '@aegis/domain/shared/scope';
import type { ApiKeyBody, IssuedApiKeyBody } from '@aegis/presentation/tenants/api-key.dto';
import { tableLines } from '../terminal/table';
import { allPages } from './all-pages';
import type { CommandContext } from './command-context';
import { adminClient, withServerOptions, type ServerOptions } from './server-options';

export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description("a tenant's API keys, for the administrator");
  addList(keys, context);
  addCreate(keys, context);
  const revoke = keys.command('revoke').description('the key stops working within 5 seconds').argument('<tenant>').argument('<key-id>');
  withServerOptions(revoke, 'admin').action(async (tenant: string, keyId: string, options: ServerOptions) => {
    await adminClient(options, context).delete(`${keysOf(tenant)}/${encodeURIComponent(keyId)}`);
    if (options.json) context.terminal.printJson({ id: keyId, revoked: true });
    else context.terminal.print(`Key ${keyId} is revoked.`);
  });
}

const keysOf = (tenant: string): string => `/admin/tenants/${encodeURIComponent(tenant)}/api-keys`;

function addList(keys: Command, context: CommandContext): void {
  withServerOptions(keys.command('list').description('keys with their scopes, never their secrets').argument('<tenant>'), 'admin').action(
    async (tenant: string, options: ServerOptions) => {
      const rows: string[][] = [];
      for await (const key of allPages<ApiKeyBody>(adminClient(options, context), keysOf(tenant))) {
        if (options.json) context.terminal.printJson(key);
        else rows.push([key.id, stateOf(key), key.name, key.scopes.join(' ')]);
      }
      for (const line of tableLines(rows)) context.terminal.print(line);
    },
  );
}

function stateOf({ revoked_at, expires_at }: ApiKeyBody): string {
  if (revoked_at !== null) return 'revoked';
  return expires_at === null ? 'no expiry' : `until ${expires_at}`;
}

interface CreateOptions extends ServerOptions {
  readonly name: string;
  readonly scope: readonly string[];
  readonly expires?: string;
}

function addCreate(keys: Command, context: CommandContext): void {
  const scopes = new Option('--scope <scope...>', 'what the key may do')
    .choices(SCOPES)
    .default(SCOPES.filter((scope) => scope !== 'admin'));
  withServerOptions(keys.command('create').description('another key of a tenant').argument('<tenant>'), 'admin')
    .requiredOption('--name <name>', 'whose key it is')
    .addOption(scopes)
    .option('--expires <date>', 'ISO date or time (default: never)')
    .action(async (tenant: string, options: CreateOptions) => {
      const body = { name: options.name, scopes: options.scope, expires_at: options.expires ?? null };
      const key = await adminClient(options, context).post<IssuedApiKeyBody>(keysOf(tenant), body);
      if (options.json) {
        context.terminal.printJson(key);
        return;
      }
      const rows = [
        ['id', key.id],
        ['name', key.name],
        ['scopes', key.scopes.join(' ')],
        ['expires', key.expires_at ?? 'never'],
        ['API key', context.terminal.style('bold', key.key)],
      ];
      for (const line of tableLines(rows)) context.terminal.print(line);
      context.terminal.note('The API key is shown this once.');
    });
}
