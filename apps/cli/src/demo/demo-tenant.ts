import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentBody } from '@aegis/presentation/documents/document.dto';
import type { CreatedTenantBody } from '@aegis/presentation/tenants/tenant.dto';
import { CommandFailed } from '../exit-codes';
import { AegisClient } from '../http/aegis-client';
import { describeProgress, isUnderWay } from '../http/processed';
import type { DemoTenant } from './demo-material';

const POLL_MS = 200;

/** A tenant of the demo as it lives on the server. */
export interface SettledTenant {
  readonly about: DemoTenant;
  readonly apiKey: string;
  readonly client: AegisClient;
  /** In the order of upload. */
  readonly documents: readonly DocumentBody[];
  readonly ingestionMs: number;
}

export interface Settling {
  readonly admin: AegisClient;
  /** Of the sample documents. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly watch: (line: string) => void;
}

/** Creates the tenant, uploads its documents and waits for them. Throws CommandFailed when one of them fails. */
export async function settle(about: DemoTenant, { admin, folder, signal, watch }: Settling): Promise<SettledTenant> {
  const tenant = await admin.post<CreatedTenantBody>('/admin/tenants', { name: about.name });
  const client = new AegisClient(admin.url, tenant.api_key.key, signal);
  const startedAt = performance.now();
  const ids: string[] = [];
  for (const { path, filename, ...fields } of about.documents) {
    watch(`uploading ${filename}`);
    ids.push((await client.upload(join(folder, path), fields, filename)).id);
  }
  const documents = await allProcessed(client, ids, signal, watch);
  return { about, apiKey: tenant.api_key.key, client, documents, ingestionMs: performance.now() - startedAt };
}

/** One request a round for all of them: a poll for each would run into the tenant's rate limit. */
async function allProcessed(
  client: AegisClient,
  ids: readonly string[],
  signal: AbortSignal,
  watch: (line: string) => void,
): Promise<readonly DocumentBody[]> {
  for (;;) {
    const { data } = await client.documents();
    const documents = ids.flatMap((id) => data.find((each) => each.id === id) ?? []);
    const failed = documents.find(({ status }) => status === 'failed');
    if (failed !== undefined)
      throw new CommandFailed(`${failed.filename} could not be processed: ${failed.error?.message ?? 'no reason given'}`);
    const open = documents.find(isUnderWay);
    if (open === undefined && documents.length === ids.length) return documents;
    if (open !== undefined) watch(`${open.filename}: ${describeProgress(open)}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
