import { Option, type Command } from 'commander';
import { SCOPES } from '@aegis/domain/shared/scope';
import { DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS } from '@aegis/domain/tenants/api-key';
import { API_KEY_MODES } from '@aegis/domain/shared/api-key-text';
import type { ApiKeyBody, IssuedApiKeyBody, RotatedApiKeyBody } from '@aegis/presentation/tenants/api-key.dto';
import { tableLines } from '../terminal/table';
import { allPages } from './all-pages';
import type { CommandContext } from './command-context';
import { wholeNumberBetween } from './option-values';
import { adminClient, withServerOptions, type ServerOptions } from './server-options';

export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description("a tenant's API keys, for the administrator");
  addList(keys, context);
  addCreate(keys, context);
  addRotate(keys, context);
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
        else rows.push([key.id, stateOf(key), key.prefix, usedOf(key), key.name, key.scopes.join(' ')]);
      }
      for (const line of tableLines(rows)) context.terminal.print(line);
    },
  );
}

function stateOf({ status, not_after, expires_at }: ApiKeyBody): string {
  if (status === 'retiring') return `retiring, until ${not_after ?? expires_at}`;
  if (status !== 'active') return status;
  return expires_at === null ? 'no expiry' : `until ${expires_at}`;
}

const usedOf = ({ last_used_at }: ApiKeyBody): string => (last_used_at === null ? 'never used' : `used ${last_used_at}`);

interface CreateOptions extends ServerOptions {
  readonly name: string;
  readonly scope: readonly string[];
  readonly expires?: string;
  readonly mode: string;
}

function addCreate(keys: Command, context: CommandContext): void {
  const scopes = new Option('--scope <scope...>', 'what the key may do')
    .choices(SCOPES)
    .default(SCOPES.filter((scope) => scope !== 'admin'));
  withServerOptions(keys.command('create').description('another key of a tenant').argument('<tenant>'), 'admin')
    .requiredOption('--name <name>', 'whose key it is')
    .addOption(scopes)
    .option('--expires <date>', 'ISO date or time (default: never)')
    .addOption(new Option('--mode <mode>', 'what the key calls itself').choices(API_KEY_MODES).default('live'))
    .action(async (tenant: string, options: CreateOptions) => {
      const body = { name: options.name, mode: options.mode, scopes: options.scope, expires_at: options.expires ?? null };
      const key = await adminClient(options, context).post<IssuedApiKeyBody>(keysOf(tenant), body);
      show(context, options, key, []);
    });
}

interface RotateOptions extends ServerOptions {
  readonly overlap: number;
}

function addRotate(keys: Command, context: CommandContext): void {
  const rotate = keys.command('rotate').description('a new key in the place of one').argument('<tenant>').argument('<key-id>');
  withServerOptions(rotate, 'admin')
    .option(
      '--overlap <seconds>',
      'how long the old key works beside it',
      wholeNumberBetween(0, MAX_OVERLAP_SECONDS),
      DEFAULT_OVERLAP_SECONDS,
    )
    .action(async (tenant: string, keyId: string, options: RotateOptions) => {
      const path = `${keysOf(tenant)}/${encodeURIComponent(keyId)}/rotate`;
      const key = await adminClient(options, context).post<RotatedApiKeyBody>(path, { overlap_seconds: options.overlap });
      show(context, options, key, [['old key', `${key.replaces.id}, until ${key.replaces.not_after}`]]);
    });
}

function show(context: CommandContext, { json }: ServerOptions, key: IssuedApiKeyBody, more: readonly (readonly string[])[]): void {
  if (json) {
    context.terminal.printJson(key);
    return;
  }
  const rows = [
    ['id', key.id],
    ['name', key.name],
    ['scopes', key.scopes.join(' ')],
    ['expires', key.expires_at ?? 'never'],
    ...more,
    ['API key', context.terminal.style('bold', key.key)],
  ];
  for (const line of tableLines(rows)) context.terminal.print(line);
  context.terminal.note('The API key is shown this once.');
}
