import type { AegisEvent } from '@aegis/application/aegis-event';
import type { Metrics } from '@aegis/application/shared/metrics';

/** What happened, for dashboards: counted after the commit, so that nothing is counted that was rolled back. */
export function countEvents(metrics: Metrics, events: readonly AegisEvent[]): void {
  for (const event of events) {
    if (event.type === 'document.processed') {
      metrics.count('aegis_documents_processed_total', { outcome: 'completed', code: '' });
      metrics.count('aegis_pages_processed_total', {}, event.pageCount ?? 0);
      metrics.count('aegis_chunks_indexed_total', {}, event.chunkCount);
    }
    if (event.type === 'document.failed') metrics.count('aegis_documents_processed_total', { outcome: 'failed', code: event.code });
    if (event.type === 'query.completed') metrics.count('aegis_queries_total', { outcome: event.outcome });
  }
}
