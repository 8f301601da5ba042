import type { Check } from '../check';
import { injection } from './injection';
import { lint } from './lint';
import { mutation } from './mutation';
import { poolStorm } from './pool-storm';
import { rateScope } from './rate-scope';
import { rawAttack } from './raw-attack';
import { storedFiles } from './stored-files';
import { timing } from './timing';

/** Every part of the proof besides the fuzz, in the order of the report. */
export const CHECKS: readonly Check[] = [lint, rawAttack, storedFiles, rateScope, poolStorm, timing, injection, mutation];
