import { DocumentId } from '@aegis/domain/documents/document-id';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { SweepOriginals } from './sweep-originals';

const DELETED = TenantId.parse('00000000-0000-7000-8000-000000000001');
const LIVING = TenantId.parse('00000000-0000-7000-8000-000000000002');
const ABANDONED = DocumentId.parse('00000000-0000-7000-8000-000000000003');

describe('SweepOriginals', () => {
  it('goes on with the others when a tenant is deleted meanwhile', async () => {
    const removed: TenantId[] = [];
    const objects = {
      tenants: () => Promise.resolve([DELETED, LIVING]),
      async *documents() {
        yield await Promise.resolve(ABANDONED);
      },
      delete: (tenantId: TenantId) => Promise.resolve(void removed.push(tenantId)),
      deleteTenant: () => Promise.resolve(),
    };
    const tenants = { fate: () => Promise.resolve('living' as const) };
    const documents = {
      known: (tenantId: TenantId) =>
        tenantId === DELETED ? Promise.reject(new TenantGone()) : Promise.resolve<ReadonlySet<DocumentId>>(new Set()),
    };
    expect(await new SweepOriginals(objects, tenants, documents).execute(new AbortController().signal)).toBe(1);
    expect(removed).toEqual([LIVING]);
  });
});
