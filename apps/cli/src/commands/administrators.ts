import type { Command } from 'commander';
import type { AdminTokenBody } from '@aegis/presentation/administrators/admin-token.dto';
import type { AdministratorBody } from '@aegis/presentation/administrators/administrator.dto';
import { tableLines } from '../terminal/table';
import { allPages } from './all-pages';
import type { CommandContext } from './command-context';
import { adminClient, withServerOptions, type ServerOptions } from './server-options';

export function addAdministrators(program: Command, context: CommandContext): void {
  const administrators = program.command('administrators').description('people who administer, and tokens for the admin key');
  addList(administrators, context);
  addAdd(administrators, context);
  addToken(administrators, context);
  const remove = administrators.command('remove').description('their tokens are refused within 5 seconds').argument('<id>');
  withServerOptions(remove, 'admin').action(async (id: string, options: ServerOptions) => {
    await adminClient(options, context).delete(`/admin/administrators/${encodeURIComponent(id)}`);
    if (options.json) context.terminal.printJson({ id, revoked: true });
    else context.terminal.print(`${id} is no administrator any more.`);
  });
}

function addList(administrators: Command, context: CommandContext): void {
  withServerOptions(administrators.command('list').description('newest first, revoked ones too'), 'admin').action(
    async (options: ServerOptions) => {
      const rows: string[][] = [];
      for await (const each of allPages<AdministratorBody>(adminClient(options, context), '/admin/administrators')) {
        if (options.json) context.terminal.printJson(each);
        else rows.push([each.id, each.revoked_at === null ? each.role : 'revoked', each.tenant_id ?? '-', each.issuer, each.subject]);
      }
      for (const line of tableLines(rows)) context.terminal.print(line);
      if (rows.length === 0 && !options.json) context.terminal.note('Nobody is appointed. The admin key works without.');
    },
  );
}

interface AddOptions extends ServerOptions {
  readonly issuer: string;
  readonly subject: string;
  readonly tenant?: string;
}

function addAdd(administrators: Command, context: CommandContext): void {
  withServerOptions(administrators.command('add').description('make a person an administrator'), 'admin')
    .requiredOption('--issuer <url>', 'iss of their tokens, exactly: the OIDC_ISSUER of the server')
    .requiredOption('--subject <sub>', 'sub of their tokens, exactly')
    .option('--tenant <id>', 'of this tenant alone (default: of the platform)')
    .action(async ({ issuer, subject, tenant, ...options }: AddOptions) => {
      const role = tenant === undefined ? 'platform_admin' : 'tenant_admin';
      const body = { issuer, subject, role, ...(tenant === undefined ? {} : { tenant_id: tenant }) };
      const added = await adminClient(options, context).post<AdministratorBody>('/admin/administrators', body);
      if (options.json) context.terminal.printJson(added);
      else context.terminal.print(`${added.id}  ${added.role}  ${added.subject}`);
    });
}

function addToken(administrators: Command, context: CommandContext): void {
  withServerOptions(administrators.command('token').description('a token of 15 minutes for the admin key'), 'admin')
    .option('--tenant <id>', 'for the administrator of this tenant alone')
    .action(async ({ tenant, ...options }: ServerOptions & { readonly tenant?: string }) => {
      const body = tenant === undefined ? {} : { tenant_id: tenant };
      const issued = await adminClient(options, context).post<AdminTokenBody>('/admin/auth/token', body);
      if (options.json) context.terminal.printJson(issued);
      else context.terminal.print(issued.access_token);
    });
}
