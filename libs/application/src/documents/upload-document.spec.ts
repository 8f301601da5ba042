import { Document } from '@aegis/domain/documents/document';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { FileName } from '@aegis/domain/documents/file-name';
import { DomainError } from '@aegis/domain/shared/domain-error';
import type { Scope } from '@aegis/domain/shared/scope';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Transaction } from '../unit-of-work';
import { UploadDocument, type UploadDocumentInput } from './upload-document';

const uuid = (last: number) => `00000000-0000-7000-8000-${String(last).padStart(12, '0')}`;
const scopes: readonly Scope[] = ['documents:write'];
const caller = { tenantId: TenantId.parse(uuid(1)), keyId: ApiKeyId.parse(uuid(2)), keyName: 'key', scopes, rateLimitRps: null };

class ConnectionLost extends DomainError {
  readonly code = 'overloaded';
  readonly kind = 'unavailable';
}
class Refused extends DomainError {
  readonly code = 'conflict';
  readonly kind = 'conflict';
}

/** Files and rows of one tenant; `commit` decides what becomes of a transaction's writes and of its answer. */
function setUp(commit: (rows: Map<string, Document>, draft: Map<string, Document>) => void) {
  const files = new Set<string>();
  const rows = new Map<string, Document>();
  const failures: { next: (() => void) | null } = { next: null };
  const uow = {
    async run<T>(_tenant: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T> {
      failures.next?.();
      const draft = new Map(rows);
      const documents = {
        newest: () => Promise.resolve([...draft.values()].at(-1) ?? null),
        highestVersion: () => Promise.resolve(draft.size),
        find: (id: DocumentId) => Promise.resolve(draft.get(id) ?? null),
        add: (document: Document) => Promise.resolve(void draft.set(document.id, document)),
        update: () => Promise.resolve(),
      };
      const result = await work({ documents, jobs: { add: () => Promise.resolve(true) } } as unknown as Transaction);
      if (draft.size > rows.size) commit(rows, draft);
      return result;
    },
  };
  const objects = {
    put: async (_tenant: TenantId, id: DocumentId) =>
      Promise.resolve(files.add(id)).then(() => ({ sizeBytes: 4, sha256: 'ab', head: new Uint8Array(4) })),
    delete: (_tenant: TenantId, id: DocumentId) => Promise.resolve(void files.delete(id)),
    read: () => Promise.resolve(null),
    check: () => Promise.resolve(),
  };
  let next = 10;
  const ids = { next: () => uuid((next += 1)) };
  const clock = { now: () => new Date('2026-01-01T00:00:00Z') };
  const sniffer = { sniff: () => Promise.resolve('text/plain') };
  return { files, rows, failures, upload: new UploadDocument(uow, objects, sniffer, ids, clock) };
}

const aText: UploadDocumentInput = {
  filename: FileName.parse('회의록.txt'),
  content: (async function* () {
    yield await Promise.resolve(Buffer.from('text'));
  })(),
  limitBytes: 100,
  describe: () => ({ title: null, docType: null, department: null, language: null, tags: [], metadata: {}, validFrom: null }),
  begin: () => Promise.resolve(),
};

const keepAll = (rows: Map<string, Document>, draft: Map<string, Document>) => draft.forEach((document, id) => rows.set(id, document));

describe('UploadDocument', () => {
  it('keeps the file of what it recorded, and of nothing else', async () => {
    const { files, rows, upload } = setUp(keepAll);
    const first = await upload.execute(caller, aText);
    const again = await upload.execute(caller, aText);
    expect([first.duplicate, again.duplicate]).toEqual([false, true]);
    expect([...files]).toEqual([...rows.keys()]);
  });

  it('takes the file away when the rules refuse the document', async () => {
    const { files, upload } = setUp(() => {
      throw new Refused('no');
    });
    await expect(upload.execute(caller, aText)).rejects.toThrow(Refused);
    expect(files.size).toBe(0);
  });

  it('keeps the file when the commit happened and only its answer was lost', async () => {
    const { files, rows, upload } = setUp((committed, draft) => {
      keepAll(committed, draft);
      throw new ConnectionLost('gone');
    });
    await expect(upload.execute(caller, aText)).rejects.toThrow(ConnectionLost);
    expect([...files]).toEqual([...rows.keys()]);
    expect(files.size).toBe(1);
  });

  it('keeps the file when nobody can tell', async () => {
    const { files, failures, upload } = setUp(() => {
      failures.next = () => {
        throw new ConnectionLost('still gone');
      };
      throw new ConnectionLost('gone');
    });
    await expect(upload.execute(caller, aText)).rejects.toThrow('gone');
    expect(files.size).toBe(1);
  });
});
