export interface ExtractorLimits {
  /** Wall clock; above processor time, so that a busy machine fails no document. */
  readonly timeoutMs: number;
  readonly cpuMs: number;
  /** More for each page above the first hundred, of both. */
  readonly perPageMs: number;
  /** Resident memory of the child, in bytes. */
  readonly memoryBytes: number;
  /** What the child may answer, in bytes. */
  readonly outputBytes: number;
}

export const DEFAULT_EXTRACTOR_LIMITS: ExtractorLimits = {
  timeoutMs: 40_000,
  cpuMs: 20_000,
  perPageMs: 50,
  memoryBytes: 600_000_000,
  outputBytes: 20_000_000,
};

const PAGES_INCLUDED = 100;

export const extraMsFor = (pages: number, { perPageMs }: Pick<ExtractorLimits, 'perPageMs'>): number =>
  Math.max(0, pages - PAGES_INCLUDED) * perPageMs;
