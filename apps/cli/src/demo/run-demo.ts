import { join } from 'node:path';
import type { AuditedQueryBody } from '@aegis/presentation/audit/audit.dto';
import type { UsageBody } from '@aegis/presentation/usage/usage.dto';
import type { CommandContext } from '../commands/command-context';
import { ROOT } from '../config';
import { ApiFailure } from '../http/api-failure';
import { AegisClient } from '../http/aegis-client';
import { askStep } from './ask-step';
import { problemsOf } from './check-answer';
import { readDemoMaterial } from './demo-material';
import { DemoReport } from './demo-report';
import type { DemoServer } from './demo-server';
import { demoSteps } from './demo-steps';
import { settle, type SettledTenant } from './demo-tenant';

export interface DemoOutcome {
  readonly url: string;
  readonly tenants: readonly SettledTenant[];
  /** One sentence each; none when everything went as expected. */
  readonly problems: readonly string[];
}

/** The demonstration on a server that is just starting. */
export async function runDemo(server: DemoServer, { terminal, signal }: CommandContext): Promise<DemoOutcome> {
  const startedAt = performance.now();
  const report = new DemoReport(terminal);
  const folder = join(ROOT, 'examples', 'documents');
  const material = readDemoMaterial(folder);
  report.begin(material);
  terminal.progress('starting the server…');
  const url = await server.ready(signal);
  report.server(url, performance.now() - startedAt);

  const admin = new AegisClient(url, server.adminKey, signal);
  const tenants: SettledTenant[] = [];
  for (const about of material.tenants) {
    const tenant = await settle(about, { admin, folder, signal, watch: (line) => terminal.progress(`  ${line}`) });
    report.tenant(tenant);
    tenants.push(tenant);
  }

  const problems = [...(await askAll(material, tenants, report)), ...(await openForeignDocument(tenants, report))];
  report.end(problems, performance.now() - startedAt);
  return { url, tenants, problems };
}

async function askAll(
  material: ReturnType<typeof readDemoMaterial>,
  tenants: readonly SettledTenant[],
  report: DemoReport,
): Promise<string[]> {
  const problems: string[] = [];
  let first: { readonly tenant: SettledTenant; readonly queryId: string } | null = null;
  for (const [index, step] of demoSteps(material).entries()) {
    const tenant = tenants.find(({ about }) => about === step.tenant);
    if (tenant === undefined) throw new Error(`${step.tenant.slug} was not settled`);
    report.question(index + 1, step);
    const asked = await askStep(tenant.client, step, (text) => report.token(text));
    const found = [...asked.problems, ...problemsOf(asked.answer, step.tenant, step.question)];
    report.answer(asked, found);
    problems.push(...found.map((problem) => `question ${index + 1}: ${problem}`));
    first ??= { tenant, queryId: asked.answer.query_id };
  }
  for (const tenant of tenants) report.usage(tenant, await tenant.client.get<UsageBody>('/usage'));
  if (first !== null) report.audit(await first.tenant.client.get<AuditedQueryBody>(`/audit/${first.queryId}`));
  return problems;
}

/** Another tenant's document by its very id: there is no such thing. */
async function openForeignDocument([one, other]: readonly SettledTenant[], report: DemoReport): Promise<readonly string[]> {
  const document = one?.documents[0];
  if (one === undefined || other === undefined || document === undefined) throw new Error('the demo needs two tenants');
  const status = await other.client.document(document.id).then(
    () => 200,
    (error: unknown) => {
      if (error instanceof ApiFailure) return error.status;
      throw error;
    },
  );
  const problems = status === 404 ? [] : [`the id of a document of ${one.about.name} gave ${other.about.name} a ${status}, not 404`];
  report.foreignDocument(one, other, problems);
  return problems;
}
