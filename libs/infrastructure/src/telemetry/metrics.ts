import { Metrics, type CounterLabels, type GaugeLabels, type HistogramLabels } from '@aegis/application/shared/metrics';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-table';

const entriesOf = <Table extends object>(table: Table) => Object.entries(table) as [keyof Table & string, Table[keyof Table]][];

/** Metrics in the process, in a registry of its own. */
export class PrometheusMetrics extends Metrics {
  private readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly gauges = new Map<string, Gauge>();

  constructor(options: { readonly processMetrics: boolean } = { processMetrics: true }) {
    super();
    const registers = [this.registry];
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    for (const [name, { help, labels }] of entriesOf(COUNTERS)) {
      this.counters.set(name, new Counter({ name, help, labelNames: labels, registers }));
    }
    for (const [name, { help, labels, buckets }] of entriesOf(HISTOGRAMS)) {
      this.histograms.set(name, new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }));
    }
    for (const [name, { help, labels }] of entriesOf(GAUGES)) {
      this.gauges.set(name, new Gauge({ name, help, labelNames: labels, registers }));
    }
  }

  count<Name extends keyof CounterLabels>(name: Name, labels: CounterLabels[Name], by = 1): void {
    this.counters.get(name)?.inc({ ...labels }, by);
  }

  observe<Name extends keyof HistogramLabels>(name: Name, labels: HistogramLabels[Name], value: number): void {
    this.histograms.get(name)?.observe({ ...labels }, value);
  }

  gauge<Name extends keyof GaugeLabels>(name: Name, labels: GaugeLabels[Name], value: number): void {
    this.gauges.get(name)?.set({ ...labels }, value);
  }

  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }
}
