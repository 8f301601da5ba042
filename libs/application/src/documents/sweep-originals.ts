import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import type { ObjectStore } from '../shared/object-store';
import type { TenantReader } from '../tenants/tenant-reader';
import type { DocumentReader } from './document-reader';

/** No upload takes so long from its last byte to its row: an older file without a row is what a killed process left. */
export const ABANDONED_AFTER_MS = 60 * 60_000;
const BATCH = 500;

/** Removes original files that belong to no document: their upload was killed between file and row, or their tenant is deleted. */
export class SweepOriginals {
  constructor(
    private readonly objects: Pick<ObjectStore, 'tenants' | 'documents' | 'delete' | 'deleteTenant'>,
    private readonly tenants: Pick<TenantReader, 'fate'>,
    private readonly documents: Pick<DocumentReader, 'known'>,
  ) {}

  /** How many files went. Those of a tenant that this database never knew are somebody else's, and stay. */
  async execute(signal: AbortSignal, olderThanMs: number = ABANDONED_AFTER_MS): Promise<number> {
    let swept = 0;
    for (const tenantId of await this.objects.tenants()) {
      if (signal.aborted) break;
      const fate = await this.tenants.fate(tenantId);
      if (fate === 'deleted') await this.objects.deleteTenant(tenantId);
      if (fate === 'living') swept += (await this.sweep(tenantId, olderThanMs, signal).catch(nothingOfTheDeleted)) ?? 0;
    }
    return swept;
  }

  private async sweep(tenantId: TenantId, olderThanMs: number, signal: AbortSignal): Promise<number> {
    let swept = 0;
    let batch: DocumentId[] = [];
    const removeUnknown = async (): Promise<void> => {
      const known = await this.documents.known(tenantId, batch);
      for (const id of batch.filter((each) => !known.has(each))) {
        await this.objects.delete(tenantId, id);
        swept += 1;
      }
      batch = [];
    };
    for await (const id of this.objects.documents(tenantId, olderThanMs)) {
      if (signal.aborted) return swept;
      batch.push(id);
      if (batch.length === BATCH) await removeUnknown();
    }
    await removeUnknown();
    return swept;
  }
}
