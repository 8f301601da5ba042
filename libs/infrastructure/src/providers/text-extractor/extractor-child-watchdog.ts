import type { ExtractorLimits } from './extractor-limits';
import { startWatchdog } from './extractor-watchdog';

export const limits = JSON.parse(process.argv[2] ?? '{}') as Pick<ExtractorLimits, 'cpuMs' | 'memoryBytes' | 'perPageMs'>;

/** Runs from the moment this file is imported: the child imports it first, before any parser is loaded. */
export const watchdog = startWatchdog(limits);
