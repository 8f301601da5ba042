import type { Bell } from '@aegis/application/shared/job-queue';
import type { Pool } from 'pg';

/** One thing that should not have happened; `detail` is enough to do it again. */
export interface Finding {
  readonly what: string;
  readonly detail: string;
}

export interface CheckResult {
  /** Tries that could have found something. A check of none proves nothing and counts as failed. */
  readonly cases: number;
  readonly findings: readonly Finding[];
  /** What an auditor wants to read besides: seeds, counts, percentiles, with their unit in the name. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** Only of the mutation check. */
  readonly mutants?: readonly MutantOutcome[];
}

/** What became of one guard that was switched off. */
export interface MutantOutcome {
  readonly name: string;
  /** What was switched off. */
  readonly guard: string;
  /** Names of the checks of which at least one had to fail. */
  readonly expected: readonly string[];
  /** Those that failed, each with its first finding; none: the mutant survived, and the proof fails. */
  readonly killedBy: readonly { readonly check: string; readonly finding: string }[];
  readonly tookMs: number;
}

/** One part of the proof, against whatever deployment it is given. */
export interface Check {
  /** Stable: reports and the mutation check name it. */
  readonly name: string;
  /** One sentence for the report: what must hold. */
  readonly claim: string;
  /** Why it cannot run on this target; null when it can. */
  cannotRun(target: Target): string | null;
  run(target: Target): Promise<CheckResult>;
}

/** A deployment that is to be proved. */
export interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  /** The bootstrap key, or an administrator's token. */
  readonly administrator: string;
  readonly database: TargetDatabase | null;
  /** Where the deployment writes: log lines of the process, statements that the database logged, files. Null for one that is not the proof's own. */
  readonly sinks: TargetSinks | null;
}

export interface TargetDatabase {
  /** As `app_runtime`: what somebody has who got into the process. */
  readonly runtime: Pool;
  /** Address of the same login, for checks that need connections of their own. */
  readonly runtimeUrl: string;
  /** As `app_admin`: reads across tenants, to compare what is stored. */
  readonly reader: Pool;
  /** Switches guards of the database off and on again. Only on a deployment of the proof's own, whose server runs in this process; else null. */
  readonly superuser: Pool | null;
  /** What the application would sign for a tenant; `aheadMs` from now. Null where the secret key was not given. */
  readonly sign: ((tenantId: string, aheadMs?: number) => string) | null;
}

export interface TargetSinks {
  /** Everything that the server processes wrote so far. */
  processLog(): Promise<string>;
  /** Every statement that the database received, as text, with parameters apart. */
  statementLog(): Promise<string>;
  /** Hands a bell to the workers, as somebody could who writes to the queue. */
  ring(bell: Bell): Promise<void>;
  readonly filesFolder: string;
}
