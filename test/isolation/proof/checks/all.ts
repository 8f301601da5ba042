import type { Check } from '../check';
import { cacheScope } from './cache-scope';
import { injection } from './injection';
import { jobScope } from './job-scope';
import { lint } from './lint';
import { mutation } from './mutation';
import { poolStorm } from './pool-storm';
import { rateScope } from './rate-scope';
import { rawAttack } from './raw-attack';
import { storedFiles } from './stored-files';
import { ticketScope } from './ticket-scope';
import { timing } from './timing';

/** Every part of the proof besides the fuzz, in the order of the report. */
export const CHECKS: readonly Check[] = [
  lint,
  rawAttack,
  storedFiles,
  rateScope,
  cacheScope,
  jobScope,
  ticketScope,
  poolStorm,
  timing,
  injection,
  mutation,
];
