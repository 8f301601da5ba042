import type { Command } from 'commander';
import type { CreatedTenantBody, TenantBody, TenantDeletionBody } from '@aegis/presentation/tenants/tenant.dto';
import { CommandFailed, EXIT } from '../exit-codes';
import { usd } from '../terminal/answer-text';
import { tableLines } from '../terminal/table';
import { allPages } from './all-pages';
import type { CommandContext } from './command-context';
import { numberBetween } from './option-values';
import { adminClient, withServerOptions, type ServerOptions } from './server-options';

export function addTenants(program: Command, context: CommandContext): void {
  const tenants = program.command('tenants').description('tenants of a running server, for its administrator');
  addList(tenants, context);
  addCreate(tenants, context);
  withServerOptions(tenants.command('show').description('one tenant with its settings').argument('<id>'), 'admin').action(
    async (id: string, options: ServerOptions) => {
      const tenant = await adminClient(options, context).get<TenantBody>(`/admin/tenants/${encodeURIComponent(id)}`);
      printTenant(tenant, options, context);
    },
  );
  addSwitch(tenants, context, { name: 'suspend', description: 'refuse the keys of a tenant, within 5 seconds', isActive: false });
  addSwitch(tenants, context, { name: 'resume', description: 'take the keys of a suspended tenant again', isActive: true });
  addDelete(tenants, context);
}

function addList(tenants: Command, context: CommandContext): void {
  withServerOptions(tenants.command('list').description('all tenants, newest first'), 'admin').action(async (options: ServerOptions) => {
    const rows: string[][] = [];
    for await (const tenant of allPages<TenantBody>(adminClient(options, context), '/admin/tenants')) {
      if (options.json) context.terminal.printJson(tenant);
      else rows.push([tenant.id, tenant.is_active ? 'active' : 'suspended', `${usd(tenant.monthly_quota_usd)} a month`, tenant.name]);
    }
    for (const line of tableLines(rows)) context.terminal.print(line);
    if (rows.length === 0 && !options.json) context.terminal.note('There is no tenant yet. Create one with: aegis tenants create "<name>"');
  });
}

function addCreate(tenants: Command, context: CommandContext): void {
  const create = tenants.command('create').description('a new tenant, with its first API key').argument('<name>');
  withServerOptions(create, 'admin')
    .option('--quota <usd>', 'what it may spend a month, in USD (default: 100)', numberBetween(0, 1_000_000_000))
    .action(async (name: string, options: ServerOptions & { readonly quota?: number }) => {
      const body = { name, ...(options.quota === undefined ? {} : { monthly_quota_usd: options.quota }) };
      const tenant = await adminClient(options, context).post<CreatedTenantBody>('/admin/tenants', body);
      printTenant(tenant, options, context);
      if (options.json) return;
      context.terminal.print(`API key  ${context.terminal.style('bold', tenant.api_key.key)}`);
      context.terminal.note('The API key is shown this once. Commands take it from AEGIS_API_KEY.');
    });
}

interface Switch {
  readonly name: 'suspend' | 'resume';
  readonly description: string;
  readonly isActive: boolean;
}

function addSwitch(tenants: Command, context: CommandContext, { name, description, isActive }: Switch): void {
  withServerOptions(tenants.command(name).description(description).argument('<id>'), 'admin').action(
    async (id: string, options: ServerOptions) => {
      const path = `/admin/tenants/${encodeURIComponent(id)}`;
      printTenant(await adminClient(options, context).patch<TenantBody>(path, { is_active: isActive }), options, context);
    },
  );
}

/** Asked for twice, because nothing brings it back. */
function addDelete(tenants: Command, context: CommandContext): void {
  const command = tenants.command('delete').description('end a tenant and erase all it owns; nothing brings it back').argument('<id>');
  withServerOptions(command, 'admin')
    .option('--yes', 'really')
    .action(async (id: string, options: ServerOptions & { readonly yes?: true }) => {
      if (options.yes !== true) {
        throw new CommandFailed(
          `This ends tenant ${id} and erases its documents, queries and keys for ever. Repeat the command with --yes.`,
          EXIT.usage,
        );
      }
      const deletion = await adminClient(options, context).remove<TenantDeletionBody>(`/admin/tenants/${encodeURIComponent(id)}`);
      if (options.json) context.terminal.printJson(deletion);
      else context.terminal.print(`The tenant is deleted; what it owned is being erased (deletion ${deletion.deletion_id}).`);
    });
}

function printTenant(tenant: TenantBody, { json }: ServerOptions, { terminal }: CommandContext): void {
  if (json) {
    terminal.printJson(tenant);
    return;
  }
  const settings = Object.entries(tenant.settings).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  const rows = [
    ['id', tenant.id],
    ['name', tenant.name],
    ['state', tenant.is_active ? 'active' : 'suspended'],
    ['quota', `${usd(tenant.monthly_quota_usd)} a month`],
    ['created', tenant.created_at],
    ...settings,
  ];
  for (const line of tableLines(rows)) terminal.print(line);
}
