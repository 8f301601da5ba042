import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AegisApi, fileOf } from './aegis-api';
import type { Corpus } from './evaluation-plan';
import { inParallel } from './in-parallel';

/** Uploads of one tenant at once, and how many of its documents may wait to be read: a longer queue makes nothing faster. */
const UPLOADS_AT_ONCE = 4;
const BATCH = 50;
const PATIENCE_MS = 300_000;

interface KeptTenant {
  readonly id: string;
  readonly key: string;
  /** Of the passages: another corpus is another tenant. */
  readonly digest: string;
  readonly complete: boolean;
}

type Print = (line: string) => void;

/**
 * A tenant for each corpus, with everything uploaded and ready to be found. With a `keptFile` their keys are kept there and a later run
 * takes them again: a corpus that is complete is not uploaded twice, and one that is not goes on where it stopped.
 */
export class Tenants {
  private readonly kept: Record<string, KeptTenant>;

  constructor(
    private readonly url: string,
    private readonly adminKey: string,
    private readonly keptFile: string | null,
    private readonly print: Print,
  ) {
    this.kept = keptFile !== null && existsSync(keptFile) ? (JSON.parse(readFileSync(keptFile, 'utf8')) as Record<string, KeptTenant>) : {};
  }

  /** The tenant of every corpus by its name, all of them filled at the same time. */
  async fill(corpora: readonly Corpus[]): Promise<ReadonlyMap<string, AegisApi>> {
    const startedAt = performance.now();
    const apis = await Promise.all(corpora.map(async (corpus): Promise<[string, AegisApi]> => [corpus.name, await this.filled(corpus)]));
    const passages = corpora.reduce((sum, corpus) => sum + corpus.passages.length, 0);
    const seconds = (performance.now() - startedAt) / 1_000;
    this.print(
      `${passages} passages in ${corpora.length} tenants are ready after ${seconds.toFixed(0)} s (${(passages / seconds).toFixed(1)} a second)`,
    );
    return new Map(apis);
  }

  /** Of a deployment that goes on living: what was made for the evaluation goes. */
  async remove(): Promise<void> {
    const admin = new AegisApi(this.url, this.adminKey);
    for (const { id } of Object.values(this.kept)) await admin.deleteTenant(id);
  }

  private async filled(corpus: Corpus): Promise<AegisApi> {
    const digest = createHash('sha256').update(JSON.stringify(corpus.passages)).digest('hex').slice(0, 16);
    const name = `${corpus.name} (${digest})`;
    const known = this.kept[name];
    if (known?.complete === true) return new AegisApi(this.url, known.key);
    const tenant = known ?? { ...(await new AegisApi(this.url, this.adminKey).createTenant(`evaluation: ${name}`)), digest };
    this.remember(name, { ...tenant, complete: false });
    const api = new AegisApi(this.url, tenant.key);
    await this.uploadAll(api, corpus);
    this.remember(name, { ...tenant, complete: true });
    return api;
  }

  private async uploadAll(api: AegisApi, { name, passages }: Corpus): Promise<void> {
    const done = await api.completedFiles();
    const missing = passages.filter(({ id }) => !done.has(fileOf(id)));
    for (let from = 0; from < missing.length; from += BATCH) {
      await inParallel(missing.slice(from, from + BATCH), UPLOADS_AT_ONCE, (passage) => api.upload(passage));
      await this.fewerThan(BATCH, api, name);
      if ((from / BATCH) % 10 === 9) this.print(`${name}: ${from + BATCH} of ${missing.length} passages uploaded`);
    }
    await this.fewerThan(1, api, name);
    const failed = await api.countOf('failed');
    const ready = await api.completedFiles();
    const lost = passages.filter(({ id }) => !ready.has(fileOf(id)));
    if (failed > 0 || lost.length > 0) {
      throw new Error(
        `${name}: ${failed} documents failed, ${lost.length} are not there, ${lost[0] === undefined ? '' : fileOf(lost[0].id)}`,
      );
    }
    this.print(`${name}: ${passages.length} passages are ready`);
  }

  /** Waits while so many documents are being read. A queue that does not move at all is an error. */
  private async fewerThan(limit: number, api: AegisApi, name: string): Promise<void> {
    let [before, movedAt] = [Infinity, Date.now()];
    for (;;) {
      const waiting = (await api.countOf('pending')) + (await api.countOf('processing'));
      if (waiting < limit) return;
      if (waiting !== before) [before, movedAt] = [waiting, Date.now()];
      if (Date.now() - movedAt > PATIENCE_MS) throw new Error(`${name}: ${waiting} documents wait, and none was read in five minutes`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  private remember(name: string, tenant: KeptTenant): void {
    this.kept[name] = tenant;
    if (this.keptFile === null) return;
    mkdirSync(dirname(this.keptFile), { recursive: true });
    writeFileSync(this.keptFile, JSON.stringify(this.kept), { mode: 0o600 });
  }
}
