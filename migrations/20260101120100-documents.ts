import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Documents (one row a version) with what was extracted from them. */
export class Documents20260101120100 implements MigrationInterface {
  readonly name = 'Documents20260101120100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE documents (
        tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, filename text NOT NULL, version int NOT NULL CHECK (version >= 1),
        is_latest boolean NOT NULL DEFAULT false, previous_version_id uuid, replaced_at timestamptz,
        content_hash bytea NOT NULL, size_bytes int8 NOT NULL, media_type text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'deleting')),
        title text, doc_type text, department text, language text, tags text[] NOT NULL DEFAULT '{}', metadata jsonb NOT NULL DEFAULT '{}',
        valid_from timestamptz NOT NULL, epoch_from int8, epoch_to int8, created_at timestamptz NOT NULL, processed_at timestamptz,
        page_count int, chunk_count int, asset_count int, progress jsonb, error jsonb, warnings text[] NOT NULL DEFAULT '{}',
        erased_at timestamptz, revision int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, filename, version),
        FOREIGN KEY (tenant_id, previous_version_id) REFERENCES documents (tenant_id, id) ON DELETE SET NULL (previous_version_id),
        CHECK (NOT is_latest OR (status = 'completed' AND epoch_from IS NOT NULL AND epoch_to IS NULL)), CHECK (epoch_from < epoch_to));
      CREATE UNIQUE INDEX documents_one_latest ON documents (tenant_id, filename) WHERE is_latest;
      CREATE INDEX documents_newest ON documents (tenant_id, created_at DESC, id DESC);
      CALL sec.protect('documents', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON documents TO app_runtime;

      CREATE TABLE document_assets (
        tenant_id uuid NOT NULL, id uuid NOT NULL, document_id uuid NOT NULL, asset_type text NOT NULL, storage_key text NOT NULL,
        sha256 bytea NOT NULL, PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE);
      CREATE INDEX document_assets_document ON document_assets (tenant_id, document_id);
      CALL sec.protect('document_assets', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON document_assets TO app_runtime;

      CREATE TABLE chunks (
        tenant_id uuid NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY, public_id uuid NOT NULL, document_id uuid NOT NULL,
        ordinal int NOT NULL, content text NOT NULL, section text[] NOT NULL, page int, kind text NOT NULL CHECK (kind IN ('text', 'table', 'figure')),
        token_count int NOT NULL, dl int2 NOT NULL,
        PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, public_id), UNIQUE (tenant_id, document_id, ordinal),
        FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE);
      CALL sec.protect('chunks', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON chunks TO app_runtime;

      -- Staged (dead = false) or replaced (dead = true) chunks: in the index, out of the search.
      CREATE TABLE hidden_chunks (
        tenant_id uuid NOT NULL, chunk_id int8 NOT NULL, dead boolean NOT NULL, pass int8, PRIMARY KEY (tenant_id, chunk_id));
      CALL sec.protect('hidden_chunks', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON hidden_chunks TO app_runtime;

      CREATE TABLE embeddings (
        tenant_id uuid NOT NULL, chunk_id int8 NOT NULL, model_version int NOT NULL, dims smallint NOT NULL, document_id uuid NOT NULL,
        embedding halfvec NOT NULL,
        PRIMARY KEY (tenant_id, chunk_id, model_version), CHECK (vector_dims(embedding) = dims),
        FOREIGN KEY (model_version, dims) REFERENCES embedding_models (model_version, dims),
        FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE) PARTITION BY HASH (tenant_id);
      DO $$ BEGIN
        FOR i IN 0..15 LOOP
          EXECUTE format('CREATE TABLE embeddings_p%1$s PARTITION OF embeddings FOR VALUES WITH (MODULUS 16, REMAINDER %1$s);
            ALTER TABLE embeddings_p%1$s ENABLE ROW LEVEL SECURITY; ALTER TABLE embeddings_p%1$s FORCE ROW LEVEL SECURITY', i);
        END LOOP;
      END $$;
      CALL sec.protect('embeddings', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON embeddings TO app_runtime;

      CREATE TABLE postings (tenant_id uuid NOT NULL, term int8 NOT NULL, chunk_id int8 NOT NULL, tf int2 NOT NULL, dl int2 NOT NULL);
      CREATE UNIQUE INDEX postings_pk ON postings (tenant_id, term, chunk_id) INCLUDE (tf, dl);
      CREATE INDEX postings_chunk ON postings (tenant_id, chunk_id);
      CALL sec.protect('postings', 'tenant_id');
      GRANT INSERT, UPDATE, DELETE ON postings TO app_runtime;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
