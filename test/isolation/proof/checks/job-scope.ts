import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { JOB_KINDS, type JobKind } from '@aegis/application/shared/job-queue';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { escapeLiteral } from 'pg';
import type { Check, Finding, Target } from '../check';
import { SET_CONTEXT } from './raw/attacker';
import { withTenants, type ThrowawayTenant } from './throwaway-tenant';

/** Due, and rung already: the dispatcher leaves it alone, so that only the bells of this check are heard. */
const DUE = `INSERT INTO jobs (tenant_id, id, kind, document_id, deadline_at, rung_at)
  VALUES ($1, $2, $3, $4, clock_timestamp() + interval '1 hour', clock_timestamp() + interval '1 hour')`;
const HEARD_WITHIN_MS = 20_000;
/** Bells of the other kind may be heard a little later than the one that is waited for. */
const A_LITTLE_MS = 300;

interface PlantedJob {
  readonly jobId: string;
  readonly kind: JobKind;
}

/** A bell names a tenant and a job; who writes to the queue can pair them as they like. */
export const jobScope: Check = {
  name: 'job-scope',
  claim: 'A bell that names one tenant and the job of another wakes nobody: no job is claimed, no document and no file is touched.',
  cannotRun: ({ sinks, database }) =>
    sinks === null || database?.sign === undefined || database.sign === null
      ? 'rings bells of its own: only on a deployment of the proof’s own'
      : null,
  run: (target) => withTenants(target, ([mine, theirs]) => check(target, mine, theirs)),
};

async function check(target: Target, mine: ThrowawayTenant, theirs: ThrowawayTenant) {
  const kept = await theirs.ingest('금고.md', `# ${theirs.canary}\n\n책임 한도는 5억 원이다.\n`);
  const given = await theirs.ingest('초안.md', `# ${theirs.canary}\n\n초안이다.\n`);
  const planted: PlantedJob[] = [];
  for (const kind of JOB_KINDS) planted.push(await plant(target, theirs, kind, kept));
  const before = await stateOf(target, planted);
  for (const job of planted) await ring(target, mine, job);
  // Heard after those: shows that bells are heard at all, and when the others have been.
  const control = await plant(target, theirs, 'erase_document', given);
  await ring(target, theirs, control);
  const wasHeard = await heard(target, control);
  await wait(A_LITTLE_MS);
  const after = await stateOf(target, planted);
  const { status, text } = await theirs.get(`/v1/documents/${kept}/content`);
  const findings: Finding[] = [
    ...(wasHeard ? [] : [{ what: 'a true bell was not heeded', detail: 'nothing was proved' }]),
    ...(isDeepStrictEqual(before, after)
      ? []
      : [{ what: 'a bell of another tenant was heeded', detail: `${JSON.stringify(before)} became ${JSON.stringify(after)}` }]),
    ...(status === 200 && text.includes(theirs.canary)
      ? []
      : [{ what: 'a document is gone', detail: `its content is answered ${status}` }]),
  ];
  return { cases: planted.length + 1, findings, figures: { foreign_bells: planted.length } };
}

/** As the tenant itself could write it: under its own context. */
async function plant({ database }: Target, { id: tenantId }: ThrowawayTenant, kind: JobKind, documentId: string): Promise<PlantedJob> {
  if (database === null || database.sign === null) throw new Error('no database');
  const jobId = randomUUID();
  const client = await database.runtime.connect();
  try {
    await client.query('BEGIN');
    await client.query(SET_CONTEXT, [tenantId, database.sign(tenantId)]);
    await client.query(DUE, [tenantId, jobId, kind, documentId]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  return { jobId, kind };
}

async function ring({ sinks }: Target, { id }: ThrowawayTenant, { jobId, kind }: PlantedJob): Promise<void> {
  if (sinks === null) throw new Error('no queue');
  await sinks.ring({ tenantId: TenantId.parse(id), jobId, kind, epoch: 0, dispatchNo: 1 });
}

async function stateOf({ database }: Target, jobs: readonly PlantedJob[]): Promise<readonly unknown[]> {
  if (database === null) throw new Error('no database');
  // In one message, as in `about`.
  const ids = jobs.map(({ jobId }) => escapeLiteral(jobId)).join(', ');
  const { rows } = await database.reader.query<object>(`SELECT kind, state, epoch, attempts FROM jobs WHERE id IN (${ids}) ORDER BY kind`);
  return rows;
}

/** Claimed; nothing more comes of it, as its document was not deleted before. */
async function heard(target: Target, job: PlantedJob): Promise<boolean> {
  const deadline = Date.now() + HEARD_WITHIN_MS;
  while (Date.now() < deadline) {
    const [row] = (await stateOf(target, [job])) as readonly { readonly attempts: number }[];
    if (row !== undefined && row.attempts > 0) return true;
    await wait(25);
  }
  return false;
}
