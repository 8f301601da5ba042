import { contextAttacks } from './context-attacks';
import { oracleAttacks } from './oracle-attacks';
import type { RawAttack } from './scene';
import { surroundingAttacks } from './surrounding-attacks';
import { switchAttacks } from './switch-attacks';
import { writeAttacks } from './write-attacks';

/** All that somebody with the runtime's login could try, in the order of a report. */
export const RAW_ATTACKS: readonly RawAttack[] = [
  ...contextAttacks,
  ...switchAttacks,
  ...writeAttacks,
  ...surroundingAttacks,
  ...oracleAttacks,
];
