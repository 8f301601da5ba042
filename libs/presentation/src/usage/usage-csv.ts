import type { UsageReader } from '@aegis/application/usage/usage-reader';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { PagePosition } from '@aegis/application/shared/page';
import type { Period } from './period';
import { UsageRecordBody } from './usage.dto';

export const CSV_COLUMNS = [
  'id',
  'created_at',
  'kind',
  'provider',
  'model',
  'query_id',
  'document_id',
  'tokens_in',
  'tokens_out',
  'pages',
  'cost_usd',
] as const satisfies readonly (keyof UsageRecordBody)[];
const PAGE = 100;

/** All records of the period, read page by page while they are sent: RFC 4180, with a header line. */
export async function* usageCsv(reader: UsageReader, tenantId: TenantId, period: Period): AsyncGenerator<string> {
  yield line(CSV_COLUMNS);
  let after: PagePosition | null = null;
  do {
    const page: Awaited<ReturnType<UsageReader['records']>> = await reader.records(tenantId, period.from, period.until, {
      limit: PAGE,
      after,
    });
    yield page.items
      .map((item) => UsageRecordBody.from(item))
      .map((record) => line(CSV_COLUMNS.map((column) => text(record[column]))))
      .join('');
    after = page.next;
  } while (after !== null);
}

const line = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`;
/** A cost is written out, never as `1e-6`. */
const text = (value: string | number | null): string =>
  typeof value === 'number' ? value.toFixed(6).replace(/\.?0+$/, '') : (value ?? '');
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
