import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, opendir, readFile, readdir, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ObjectStore, type StoredObject } from '@aegis/application/shared/object-store';
import { FileTooLarge, StorageFull } from '@aegis/domain/documents/document-errors';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { TenantId } from '@aegis/domain/tenants/tenant-id';

const HEAD_BYTES = 65_536;
/** No upload takes longer: an older temporary file belongs to a process that died. */
const ABANDONED_AFTER_MS = 60 * 60_000;
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Originals as `t/<tenant>/<document>` below a folder; written to `tmp/`, synced, then renamed: a file is there whole or not at all. */
export class FolderObjectStore extends ObjectStore {
  private sweeping: Promise<void> | undefined;

  constructor(private readonly root: string) {
    super();
  }

  async put(tenantId: TenantId, documentId: DocumentId, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<StoredObject> {
    const temporary = join(this.root, 'tmp', randomUUID());
    const target = this.path(tenantId, documentId);
    try {
      await mkdir(dirname(temporary), { recursive: true });
      await (this.sweeping ??= removeAbandoned(dirname(temporary))); // once in the life of a process
      await makeFolder(dirname(target));
      const stored = await writeSynced(temporary, content, limitBytes);
      await moveInto(temporary, target);
      await syncFolder(dirname(target));
      return stored;
    } catch (error) {
      await rm(temporary, { force: true });
      if (hasCode(error, NO_ROOM)) throw new StorageFull({ cause: error });
      throw error;
    }
  }

  async read(tenantId: TenantId, documentId: DocumentId, sha256: string): Promise<Uint8Array | null> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.path(tenantId, documentId));
    } catch (error) {
      if (hasCode(error, ['ENOENT'])) return null;
      throw error;
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`stored bytes of document ${documentId} changed`);
    return bytes;
  }

  async delete(tenantId: TenantId, documentId: DocumentId): Promise<void> {
    await rm(this.path(tenantId, documentId), { force: true });
  }

  async deleteTenant(tenantId: TenantId): Promise<void> {
    await rm(join(this.root, 't', tenantId), { recursive: true, force: true });
  }

  async tenants(): Promise<readonly TenantId[]> {
    const names = await readdir(join(this.root, 't')).catch(ifThere<string[]>([]));
    return names.map(parsed(TenantId)).filter((id) => id !== null);
  }

  async *documents(tenantId: TenantId, olderThanMs: number): AsyncGenerator<DocumentId, void, undefined> {
    const folder = join(this.root, 't', tenantId);
    const entries = await opendir(folder).catch(ifThere(null));
    if (entries === null) return;
    for await (const { name } of entries) {
      const id = parsed(DocumentId)(name);
      if (id !== null && (await ageMs(join(folder, name))) > olderThanMs) yield id;
    }
  }

  async check(): Promise<void> {
    const probe = join(this.root, 'tmp', `probe-${randomUUID()}`); // several checks may run at once
    await mkdir(dirname(probe), { recursive: true });
    await writeFile(probe, '');
    await access(probe, constants.R_OK | constants.W_OK);
    await rm(probe, { force: true });
  }

  /** Ids only: branded, checked UUIDs. */
  private path(tenantId: TenantId, documentId: DocumentId): string {
    return join(this.root, 't', tenantId, documentId);
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await ageMs(path)) > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

/** 0 for what is not there any more: another process may finish its upload, or sweep too, between the two looks. */
const ageMs = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );

/** The tenant may have been deleted while its file was coming in, and its folder with it: whoever records the file will be told. */
async function moveInto(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    if (!hasCode(error, ['ENOENT'])) throw error;
    await makeFolder(dirname(target));
    await rename(temporary, target);
  }
}

async function writeSynced(path: string, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<StoredObject> {
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of content) {
      if (sizeBytes < HEAD_BYTES) head.push(piece.subarray(0, HEAD_BYTES - sizeBytes));
      sizeBytes += piece.length;
      if (sizeBytes > limitBytes) throw new FileTooLarge(limitBytes);
      hash.update(piece);
      await writeAll(file, piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: hash.digest('hex'), head: Buffer.concat(head) };
}

/** A write may be short: what is left is written again. */
async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let offset = 0; offset < piece.length;) offset += (await file.write(piece, offset)).bytesWritten;
}

/** A tenant's first file is durable only when the folder is, in the folder above it. */
async function makeFolder(path: string): Promise<void> {
  const topmost = await mkdir(path, { recursive: true });
  if (topmost === undefined) return;
  for (let made = path; made.length >= topmost.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What stands in for a folder that is not there. */
const ifThere =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if (hasCode(error, ['ENOENT'])) return otherwise;
    throw error;
  };

/** Null for a name that is no id: not ours, and not touched. */
const parsed =
  <Id>(ids: { parse(text: string): Id }) =>
  (name: string): Id | null => {
    try {
      return ids.parse(name);
    } catch {
      return null;
    }
  };

const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
