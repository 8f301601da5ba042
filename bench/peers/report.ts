import { OUR_WORDS, OURS, type Candidate } from './candidates';
import type { Figures } from './figures';
import type { Judged } from './validity';

/** Everything about one candidate; `skipped`: why it was not measured. */
export interface Line {
  readonly candidate: Candidate;
  readonly skipped: string | null;
  /** By chunks of a tenant. */
  readonly bySize: ReadonlyMap<number, { readonly judged: Judged; readonly figures: Figures }>;
  /** Null where there is nothing to build, or an earlier run has built it. */
  readonly buildSeconds: number | null;
  readonly memoryBytes: number | null;
  readonly diskBytes: number | null;
}

/** Where and how it was measured, a line of text each. */
export interface Circumstances {
  readonly lines: readonly string[];
  readonly k: number;
}

export function reportOf(lines: readonly Line[], sizes: readonly number[], { lines: about, k }: Circumstances): string {
  const measured = lines.filter(({ skipped }) => skipped === null);
  const vectors = measured.filter(({ candidate }) => candidate.leg === 'vector');
  const words = measured.filter(({ candidate }) => candidate.leg === 'text');
  const skipped = lines.filter((line) => line.skipped !== null);
  return [
    about.map((line) => `- ${line}`).join('\n'),
    ...sizes.map((chunks) => `**A tenant of ${chunks.toLocaleString('en')} chunks, vectors**\n\n${sizeTable(vectors, OURS, chunks, k)}`),
    ...sizes.map((chunks) => `**A tenant of ${chunks.toLocaleString('en')} chunks, words**\n\n${sizeTable(words, OUR_WORDS, chunks, k)}`),
    `**What each one is, and what it took to build**\n\n${buildTable(measured)}`,
    ...(skipped.length > 0 ? [skipped.map(({ candidate, skipped: why }) => `- skipped: ${candidate.name} (${why ?? ''})`).join('\n')] : []),
  ].join('\n\n');
}

/** In the order of processor time, ours among them: what we lose is there too. */
function sizeTable(lines: readonly Line[], ours: Candidate, chunks: number, k: number): string {
  const rows = lines.flatMap(({ candidate, bySize }) => {
    const of = bySize.get(chunks);
    return of === undefined ? [] : [{ candidate, ...of }];
  });
  const base = rows.find(({ candidate }) => candidate === ours)?.figures.cpuMs;
  const cells = rows
    .sort((a, b) => a.figures.cpuMs - b.figures.cpuMs)
    .map(({ candidate, judged, figures }) => {
      const { name } = candidate;
      const lost = judged.rows.fewest < Math.min(k, chunks) && candidate.leg === 'vector';
      const found = `${judged.rows.mean.toFixed(1)}${lost ? ` (fewest ${judged.rows.fewest})` : ''}`;
      const times = base === undefined ? '' : (figures.cpuMs / base).toFixed(2);
      const { p50Ms, p95Ms, cpuMs, databaseCpuMs } = figures;
      return [
        ...[candidate === ours ? `**${name}**` : name, found, judged.recall?.toFixed(3) ?? ''],
        ...[p50Ms, p95Ms, cpuMs, databaseCpuMs].map((ms) => ms.toFixed(2)),
        times,
      ];
    });
  return table(['', `rows of ${k}`, `recall@${k}`, 'p50 ms', 'p95 ms', 'CPU-ms', 'of it database', 'CPU, ours = 1'], cells);
}

function buildTable(lines: readonly Line[]): string {
  const mega = (bytes: number | null): string => (bytes === null || Number.isNaN(bytes) ? '' : (bytes / 1e6).toFixed(0));
  const cells = lines.map(({ candidate, buildSeconds, memoryBytes, diskBytes }) => [
    ...[candidate.name, buildSeconds?.toFixed(0) ?? '', mega(memoryBytes), mega(diskBytes), candidate.how],
  ]);
  return table(['', 'build s', 'memory of its process MB', 'disk MB', 'how a tenant is told from the others'], cells);
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
