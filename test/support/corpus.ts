import { createHash } from 'node:crypto';
import type { PublishedVersion, StagedChunk } from '@aegis/application/ingestion/chunk-index';
import type { Transaction } from '@aegis/application/unit-of-work';
import { Document, type DocumentProps } from '@aegis/domain/documents/document';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { FileName } from '@aegis/domain/documents/file-name';
import { termFrequencies } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ids, type TestDatabase } from './database';

type Described = Omit<DocumentProps, 'id' | 'tenantId' | 'filename' | 'state' | 'revision'>;

export interface NewDocument extends Partial<Described> {
  readonly filename?: string;
}

/** A document that was just taken in and is being processed. */
export function aDocument(tenantId: TenantId, { filename = '휴가규정.md', createdAt = new Date(), ...about }: NewDocument = {}): Document {
  return Document.upload(
    {
      ...{ version: 1, previousVersionId: null, mediaType: 'text/markdown', sizeBytes: 1_024, validFrom: createdAt },
      ...{ contentHash: createHash('sha256').update(ids.next()).digest('hex') },
      ...{ title: null, docType: null, department: null, language: 'ko', tags: [], metadata: {} },
      ...about,
      ...{ id: DocumentId.parse(ids.next()), tenantId, filename: FileName.parse(filename) },
    },
    { kind: 'system' },
    createdAt,
  );
}

/** Chunks as the pipeline stages them, one for each text. */
export const stagedChunks = (texts: readonly string[]): readonly StagedChunk[] =>
  texts.map((content, ordinal) => {
    const { frequencies, length } = termFrequencies(content);
    const about = { section: [], page: 1, kind: 'text', tokenCount: length + 2 } as const;
    return { ...about, ordinal, content, publicId: ids.next(), terms: frequencies, lengthTerms: length };
  });

/** A unit vector that a text always gets: equal texts are equal, others point anywhere. */
export function fakeVector(text: string, dimensions: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: dimensions * 2 })
    .update(text)
    .digest();
  return unitVector(Array.from({ length: dimensions }, (_, index) => bytes.readInt16LE(index * 2)));
}

export function unitVector(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

/** Everything but the publication: the row, its chunks and their vectors. */
export async function stageDocument(
  tx: Transaction,
  database: TestDatabase,
  document: Document,
  texts: readonly string[],
): Promise<readonly StagedChunk[]> {
  const chunks = stagedChunks(texts);
  await tx.documents.add(document);
  await tx.chunks.stage(document.id, chunks);
  const missing = await tx.chunks.unembedded(document.id, texts.length);
  const vectors = missing.map(({ chunkId, content }) => [chunkId, fakeVector(content, database.platform.model.dimensions)] as const);
  await tx.chunks.addEmbeddings(document.id, new Map(vectors));
  return chunks;
}

export interface IndexedDocument {
  readonly id: DocumentId;
  readonly published: PublishedVersion;
  /** In the order of the texts, by the ids that a search answers with. */
  readonly chunkIds: readonly string[];
}

/** A version that was processed to its end. */
export async function publishDocument(
  database: TestDatabase,
  tenantId: TenantId,
  texts: readonly string[],
  about: NewDocument = {},
): Promise<IndexedDocument> {
  const document = aDocument(tenantId, about);
  const uow = database.uow();
  const chunks = await uow.run(tenantId, (tx) => stageDocument(tx, database, document, texts));
  const published = await uow.run(tenantId, (tx) => tx.chunks.publish(document.id));
  return { id: document.id, published, chunkIds: chunks.map((chunk) => chunk.publicId) };
}

/** What DELETE /documents/{id} does, without its job. */
export async function deleteDocument(database: TestDatabase, tenantId: TenantId, id: DocumentId): Promise<void> {
  await database.uow().run(tenantId, async (tx) => {
    const document = await tx.documents.find(id);
    if (document === null) throw new Error('no such document');
    await tx.chunks.withdraw(id);
    document.delete({ kind: 'system' }, new Date());
    await tx.documents.update(document);
  });
}
