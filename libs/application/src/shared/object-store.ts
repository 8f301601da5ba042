import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export interface StoredObject {
  readonly sizeBytes: number;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  /** The first bytes (up to 64 KB): enough to tell the format. */
  readonly head: Uint8Array;
}

/**
 * Original files, addressed by tenant and document only: a client's words never become part of a path. Implementations keep: `put` is
 * all or nothing and durable when it returns (FileTooLarge past the limit, StorageFull when there is no room); `read` refuses bytes whose
 * hash differs; `delete` of what is not there is no error.
 */
export abstract class ObjectStore {
  abstract put(tenantId: TenantId, documentId: DocumentId, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<StoredObject>;
  /** Null when there is no such file. Throws when the bytes are not those that were stored. */
  abstract read(tenantId: TenantId, documentId: DocumentId, sha256: string): Promise<Uint8Array | null>;
  abstract delete(tenantId: TenantId, documentId: DocumentId): Promise<void>;
  /** All files of a tenant. */
  abstract deleteTenant(tenantId: TenantId): Promise<void>;
  /** Tenants that have files here. */
  abstract tenants(): Promise<readonly TenantId[]>;
  /** The files of a tenant that were there `olderThanMs` ago already. */
  abstract documents(tenantId: TenantId, olderThanMs: number): AsyncIterable<DocumentId>;
  /** Throws when files can neither be written nor read now. */
  abstract check(): Promise<void>;
}
