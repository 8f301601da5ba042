import { PrometheusMetrics } from './metrics';

describe('PrometheusMetrics', () => {
  it('writes counters and histograms with their labels', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.count('aegis_documents_received_total', { outcome: 'accepted' });
    metrics.count('aegis_documents_received_total', { outcome: 'accepted' }, 2);
    metrics.observe('http_server_request_duration_seconds', { method: 'POST', route: '/v1/query', status: '200' }, 0.03);
    metrics.gauge('aegis_open_streams', {}, 4);
    const { contentType, text } = await metrics.exposition();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('aegis_documents_received_total{outcome="accepted"} 3');
    expect(text).toContain('http_server_request_duration_seconds_bucket{le="0.05",method="POST",route="/v1/query",status="200"} 1');
    expect(text).toContain('aegis_open_streams 4');
  });

  it('keeps two instances apart', async () => {
    const [one, other] = [new PrometheusMetrics({ processMetrics: false }), new PrometheusMetrics({ processMetrics: false })];
    one.count('aegis_pages_processed_total', {}, 7);
    expect((await other.exposition()).text).not.toContain('aegis_pages_processed_total 7');
  });
});
