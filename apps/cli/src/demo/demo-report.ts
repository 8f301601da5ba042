import type { AuditedQueryBody } from '@aegis/presentation/audit/audit.dto';
import type { UsageBody } from '@aegis/presentation/usage/usage.dto';
import { answerText, usd } from '../terminal/answer-text';
import { tableLines } from '../terminal/table';
import type { Terminal } from '../terminal/terminal';
import { wrapText } from '../terminal/wrap-text';
import type { AskedStep } from './ask-step';
import type { DemoMaterial } from './demo-material';
import type { DemoStep } from './demo-steps';
import type { SettledTenant } from './demo-tenant';

const INDENT = '    ';

/** What a person sees of the demo. */
export class DemoReport {
  constructor(private readonly terminal: Terminal) {}

  begin({ tenants }: DemoMaterial): void {
    const documents = tenants.reduce((sum, tenant) => sum + tenant.documents.length, 0);
    this.heading('AEGIS demo');
    this.print(`${tenants.length} companies with ${documents} documents on one server: questions that their own documents answer,`);
    this.print('and questions that must be refused.');
    this.print();
  }

  server(url: string, ms: number): void {
    this.print(`Server  ${url}, embedded profile, ready in ${seconds(ms)}`);
  }

  tenant({ about, documents, ingestionMs }: SettledTenant): void {
    this.print();
    this.heading(about.name);
    const rows = documents.map(({ filename, version, page_count, chunk_count, valid_from }) => [
      `  ${filename}`,
      `version ${version}`,
      page_count === null ? '' : `${page_count} pages`,
      `${chunk_count ?? 0} chunks`,
      this.dim(`valid from ${valid_from.slice(0, 10)}`),
    ]);
    for (const line of tableLines(rows)) this.print(line);
    this.print(this.dim(`  ${documents.length} documents ready in ${seconds(ingestionMs)}`));
  }

  question(number: number, { title, tenant, question }: DemoStep): void {
    this.print();
    const day = question.as_of_date === undefined ? '' : ` · as of ${question.as_of_date}`;
    this.print(`${this.terminal.style('cyan', `${number}. ${title}`)}${this.dim(` · ${tenant.name}${day}`)}`);
    for (const line of wrapText(question.query, this.terminal.columns - INDENT.length)) this.print(`${INDENT}${line}`);
  }

  token(text: string): void {
    this.terminal.progress(`${INDENT}… ${text.trim()}`);
  }

  answer({ answer, arrival }: AskedStep, problems: readonly string[]): void {
    for (const line of answerText(answer, this.terminal, INDENT)) this.print(line);
    if (arrival !== null) {
      this.print(this.dim(`${INDENT}${arrival.tokens} pieces, the first after ${Math.round(arrival.firstTokenMs)} ms`));
    }
    this.verdict(answer.refused ? 'refused, as it must be' : 'answered from the expected document', problems);
  }

  foreignDocument(owner: SettledTenant, stranger: SettledTenant, problems: readonly string[]): void {
    this.print();
    this.print(`${stranger.about.name} opens a document of ${owner.about.name} by its id`);
    this.verdict('404, as for an id that never existed', problems);
  }

  usage({ about }: SettledTenant, usage: UsageBody): void {
    const { queries, refused_queries, documents_processed, pages_processed, total_cost_usd, monthly_quota_usd, tokens } = usage;
    this.print();
    this.heading(`Usage of ${about.name} this month`);
    this.print(
      `${INDENT}${queries} queries, ${refused_queries} of them refused · ${documents_processed} documents, ${pages_processed} pages`,
    );
    this.print(`${INDENT}${tokens.embedding} embedding tokens · ${usd(total_cost_usd)} of ${usd(monthly_quota_usd)}`);
  }

  audit({ query_id, created_at, actor, retrieval, generation, cost_usd }: AuditedQueryBody): void {
    this.print();
    this.heading('Audit entry of question 1');
    const rows = [
      [`${INDENT}query`, `${query_id} at ${created_at}, with the key "${actor.name}"`],
      [
        `${INDENT}retrieval`,
        `${retrieval.chunks_searched} chunks searched, ${retrieval.chunks_retrieved} used, ${retrieval.latency_ms} ms`,
      ],
      [`${INDENT}generation`, generation === null ? 'none' : `${generation.model}, prompt ${generation.prompt_version}`],
      [`${INDENT}cost`, usd(cost_usd)],
    ];
    for (const line of tableLines(rows)) this.print(line);
  }

  end(problems: readonly string[], ms: number): void {
    this.print();
    if (problems.length === 0) this.print(this.terminal.style('green', `Everything went as expected, in ${seconds(ms)}.`));
    else for (const problem of problems) this.print(this.terminal.style('red', `Not as expected: ${problem}`));
  }

  private verdict(right: string, problems: readonly string[]): void {
    if (problems.length === 0) this.print(this.terminal.style('green', `${INDENT}✓ ${right}`));
    for (const problem of problems) this.print(this.terminal.style('red', `${INDENT}✗ ${problem}`));
  }

  private heading(text: string): void {
    this.print(this.terminal.style('bold', text));
  }

  private dim(text: string): string {
    return this.terminal.style('dim', text);
  }

  private print(line = ''): void {
    this.terminal.print(line);
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
