import type { Check } from '../check';
import { lint } from './lint';
import { rawAttack } from './raw-attack';
import { timing } from './timing';

/** Every part of the proof besides the fuzz, in the order of the report. */
export const CHECKS: readonly Check[] = [lint, rawAttack, timing];
