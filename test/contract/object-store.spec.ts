import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { FileTooLarge } from '@aegis/domain/documents/document-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { FolderObjectStore } from '@aegis/infrastructure/object-store/folder-object-store';
import { UuidV7Generator } from '@aegis/infrastructure/system/uuid-v7-generator';

const ids = new UuidV7Generator();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const LIMIT = 1_000_000;

async function* pieces(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
  }
}

describe('object store: FolderObjectStore', () => {
  let root: string;
  let store: FolderObjectStore;
  let tenant: TenantId;
  let document: DocumentId;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'aegis-files-'));
    store = new FolderObjectStore(root);
    tenant = TenantId.parse(ids.next());
    document = DocumentId.parse(ids.next());
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Paths of all files below the folder. */
  async function files(): Promise<string[]> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  }

  it('keeps the bytes, and says their size, hash and beginning', async () => {
    const content = Buffer.from('# 휴가 규정\n연차는 15일이다.', 'utf8');
    const stored = await store.put(tenant, document, pieces(content.subarray(0, 5), content.subarray(5)), LIMIT);
    expect(stored).toEqual({ sizeBytes: content.length, sha256: sha256(content), head: content });
    expect(await store.read(tenant, document, stored.sha256)).toEqual(content);
  });

  it('keeps 64 KB of a long file as its beginning, whatever the pieces', async () => {
    const content = Buffer.alloc(200_000, 'abcdefg');
    const stored = await store.put(tenant, document, pieces(content.subarray(0, 65_000), content.subarray(65_000)), LIMIT);
    expect(Buffer.compare(stored.head, content.subarray(0, 65_536))).toBe(0);
    expect(stored).toMatchObject({ sizeBytes: 200_000, sha256: sha256(content) });
  });

  it('removes all of a tenant, and nothing of another', async () => {
    const other = TenantId.parse(ids.next());
    await store.put(tenant, document, pieces('하나'), LIMIT);
    await store.put(tenant, DocumentId.parse(ids.next()), pieces('둘'), LIMIT);
    await store.put(other, document, pieces('셋'), LIMIT);
    await store.deleteTenant(tenant);
    await store.deleteTenant(tenant); // nothing there is no error
    expect(await store.tenants()).toEqual([other]);
    expect(await store.read(other, document, sha256(Buffer.from('셋')))).not.toBeNull();
  });

  it('keeps a file whose tenant was removed while it came in: whoever records it decides', async () => {
    await store.put(tenant, DocumentId.parse(ids.next()), pieces('하나'), LIMIT);
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('둘');
      await store.deleteTenant(tenant);
      yield Buffer.from('셋');
    };
    const stored = await store.put(tenant, document, content(), LIMIT);
    expect(await store.read(tenant, document, stored.sha256)).toEqual(Buffer.from('둘셋'));
    expect(await files()).toEqual([`t/${tenant}/${document}`]);
  });

  it('lists documents by their age, and nothing that is no document', async () => {
    const listed = async (olderThanMs: number) => {
      const found: string[] = [];
      for await (const id of store.documents(tenant, olderThanMs)) found.push(id);
      return found;
    };
    expect([await store.tenants(), await listed(-1)]).toEqual([[], []]);
    const old = DocumentId.parse(ids.next());
    await store.put(tenant, document, pieces('새것'), LIMIT);
    await store.put(tenant, old, pieces('옛것'), LIMIT);
    await writeFile(join(root, 't', tenant, 'notes.txt'), '');
    await mkdir(join(root, 't', 'lost+found'));
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(root, 't', tenant, old), twoHoursAgo, twoHoursAgo);
    expect(await listed(3_600_000)).toEqual([old]);
    expect((await listed(-60_000)).sort()).toEqual([document, old].sort());
    expect(await store.tenants()).toEqual([tenant]);
  });

  it('keeps an empty file', async () => {
    const stored = await store.put(tenant, document, pieces(), LIMIT);
    expect(stored).toMatchObject({ sizeBytes: 0, sha256: sha256(Buffer.alloc(0)) });
    expect(await store.read(tenant, document, stored.sha256)).toHaveLength(0);
  });

  describe('limit', () => {
    it('lets through what is exactly as long', async () => {
      await expect(store.put(tenant, document, pieces('12345', '67890'), 10)).resolves.toMatchObject({ sizeBytes: 10 });
    });

    it('refuses one byte more, asks for nothing more of it, and leaves no file', async () => {
      let asked = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          asked += 1;
          await Promise.resolve();
          yield Buffer.from('12345', 'utf8');
        }
      }
      await expect(store.put(tenant, document, endless(), 14)).rejects.toEqual(new FileTooLarge(14));
      expect(asked).toBe(3);
      expect(await files()).toEqual([]);
    });
  });

  describe('broken off', () => {
    it('leaves nothing of an upload whose client went away', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield* pieces('the first half');
        throw new Error('client went away');
      }
      await expect(store.put(tenant, document, broken(), LIMIT)).rejects.toThrow('client went away');
      expect(await files()).toEqual([]);
      expect(await store.read(tenant, document, sha256(Buffer.from('the first half')))).toBeNull();
    });

    it('leaves what was there before as it was', async () => {
      const { sha256: hash } = await store.put(tenant, document, pieces('처음'), LIMIT);
      await expect(store.put(tenant, document, pieces('too long'), 3)).rejects.toBeInstanceOf(FileTooLarge);
      expect(String(await store.read(tenant, document, hash))).toBe('처음');
    });

    it('shows a file under its name only when it is whole', async () => {
      const seen: string[][] = [];
      async function* watched(): AsyncGenerator<Uint8Array> {
        yield* pieces('one');
        seen.push(await files());
        yield* pieces('two');
      }
      await store.put(tenant, document, watched(), LIMIT);
      expect(seen.flat()).toEqual([expect.stringMatching(/^tmp\//)]);
      expect(await files()).toEqual([join('t', tenant, document)]);
    });
  });

  describe('reading', () => {
    it('answers null for a file that is not there, of this tenant or another', async () => {
      const { sha256: hash } = await store.put(tenant, document, pieces('비밀'), LIMIT);
      expect(await store.read(tenant, DocumentId.parse(ids.next()), hash)).toBeNull();
      expect(await store.read(TenantId.parse(ids.next()), document, hash)).toBeNull();
    });

    it('refuses bytes that are not those that were stored', async () => {
      const { sha256: hash } = await store.put(tenant, document, pieces('the annual leave is 15 days'), LIMIT);
      const path = join(root, 't', tenant, document);
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20); // one bit
      await writeFile(path, bytes);
      await expect(store.read(tenant, document, hash)).rejects.toThrow('changed');
      await writeFile(path, '');
      await expect(store.read(tenant, document, hash)).rejects.toThrow('changed');
    });
  });

  describe('deleting', () => {
    it('removes the file, once or twice, and no other', async () => {
      const other = DocumentId.parse(ids.next());
      await store.put(tenant, document, pieces('하나'), LIMIT);
      await store.put(tenant, other, pieces('둘'), LIMIT);
      await store.delete(tenant, document);
      await store.delete(tenant, document);
      await store.delete(TenantId.parse(ids.next()), other);
      expect(await files()).toEqual([join('t', tenant, other)]);
    });
  });

  it('removes what a process that died had begun long ago, and leaves what others write now', async () => {
    await mkdir(join(root, 'tmp'));
    const [abandoned, fresh] = [join(root, 'tmp', 'abandoned'), join(root, 'tmp', 'fresh')];
    for (const path of [abandoned, fresh]) await writeFile(path, '반쯤 온 파일');
    const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(abandoned, twoHoursAgo, twoHoursAgo);
    await store.put(tenant, document, pieces('완전한 파일'), LIMIT);
    expect((await files()).sort()).toEqual([join('t', tenant, document), join('tmp', 'fresh')].sort());
  });

  it('puts a file where its ids say and nowhere else, readable by its user only', async () => {
    await store.put(tenant, document, pieces('내용'), LIMIT);
    expect(await files()).toEqual([join('t', tenant, document)]);
    expect((await stat(join(root, 't', tenant, document))).mode & 0o777).toBe(0o600);
  });

  it('stores many at once, each under its own name', async () => {
    const all = Array.from({ length: 20 }, () => DocumentId.parse(ids.next()));
    const stored = await Promise.all(all.map((id) => store.put(tenant, id, pieces(id), LIMIT)));
    const read = await Promise.all(all.map((id, index) => store.read(tenant, id, stored[index]?.sha256 ?? '')));
    expect(read.map(String)).toEqual(all);
  });

  describe('check', () => {
    it('holds for a folder that can be written, leaves nothing there, and may run many times at once', async () => {
      const staggered = Array.from({ length: 60 }, async (_, index) => {
        for (let turn = 0; turn < index; turn++) await new Promise((resolve) => setImmediate(resolve));
        await store.check();
      });
      await Promise.all(staggered);
      expect(await files()).toEqual([]);
    });

    it('fails for a folder that cannot', async () => {
      await writeFile(join(root, 'a-file'), '');
      await expect(new FolderObjectStore(join(root, 'a-file')).check()).rejects.toThrow();
    });
  });
});
