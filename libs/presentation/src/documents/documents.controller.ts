import { DeleteDocument } from '@aegis/application/documents/delete-document';
import { DocumentReader, type DocumentView } from '@aegis/application/documents/document-reader';
import { ReadContent } from '@aegis/application/documents/read-content';
import { UploadDocument, type UploadDocumentInput, type UploadedDocument } from '@aegis/application/documents/upload-document';
import type { Caller } from '@aegis/application/shared/caller';
import type { Precondition } from '@aegis/application/shared/precondition';
import { Metrics } from '@aegis/application/shared/metrics';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { DocumentId } from '@aegis/domain/documents/document-id';
import { FileName } from '@aegis/domain/documents/file-name';
import { NotFound } from '@aegis/domain/shared/not-found';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { checkInput } from '../http/check-input';
import { AskedLanguage, CurrentCaller } from '../http/current-caller';
import { Cursors } from '../http/cursors';
import { digestTag, entityTagOf, isKnown, isMeant } from '../http/entity-tag';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../http/idempotency-key';
import { IdempotentReplies, type Once } from '../http/idempotent-replies';
import { LOCATION } from '../http/location-header';
import type { MultipartForm } from '../http/multipart-form';
import type { ProblemLanguage } from '../http/problems/language';
import { PageQuery } from '../http/page.dto';
import { Reply } from '../http/reply';
import { IncomingForm, type OpenForm } from '../http/uploaded-form';
import { ChunkPageBody } from './chunk.dto';
import { DeleteQuery, DocumentListQuery } from './document-list.dto';
import { DeletionBody, DocumentBody, DocumentPageBody, DocumentVersionBody, UploadedDocumentBody } from './document.dto';
import { UploadLimits } from './upload-limits';
import { UploadFields, UploadForm } from './upload.dto';

@ApiTags('documents')
@Controller('documents')
export class DocumentsController {
  constructor(
    private readonly uploadDocument: UploadDocument,
    private readonly deleteDocument: DeleteDocument,
    private readonly readContent: ReadContent,
    private readonly documents: DocumentReader,
    private readonly tenants: TenantReader,
    private readonly cursors: Cursors,
    private readonly replies: IdempotentReplies,
    private readonly limits: UploadLimits,
    private readonly metrics: Metrics,
  ) {}

  /** Takes a file in. The same name again is a new version; the old one answers until the new one is ready. */
  @Post()
  @HttpCode(202)
  @RequireScope('documents:write', { body: 'multipart' })
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Upload a document' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: UploadForm })
  @ApiResponse({ status: 202, type: UploadedDocumentBody, headers: LOCATION, description: 'Taken: bytes, row and job are durable' })
  @ApiResponse({ status: 200, type: UploadedDocumentBody, headers: LOCATION, description: 'The newest version has this content already' })
  @ApiProblem(
    'file_missing',
    'malformed_body',
    'validation_failed',
    'file_too_large',
    'unsupported_media_type',
    'file_empty',
    'conflict',
    'idempotency_in_progress',
    'idempotency_key_reused',
    'storage_full',
  )
  async upload(
    @CurrentCaller() caller: Caller,
    @IncomingForm() openForm: OpenForm,
    @IdempotencyKey() key: RequestKey | null,
  ): Promise<Reply<object>> {
    try {
      const form = openForm(this.limits.maxBytes);
      return await this.replies
        .answerRead<UploadedDocument>(
          key,
          ({ document, duplicate }) => ({
            ...{ status: duplicate ? 200 : 202, body: UploadedDocumentBody.from(document, duplicate) },
            headers: { location: `/v1/documents/${document.id}` },
          }),
          (once) => this.take(caller, form, once),
        )
        .finally(() => form.discard());
    } catch (error) {
      this.metrics.count('aegis_documents_received_total', { outcome: 'refused' });
      throw error;
    }
  }

  @Get()
  @RequireScope('documents:read')
  @ApiOperation({ summary: 'List documents, newest first' })
  @ApiResponse({ status: 200, type: DocumentPageBody })
  @ApiProblem('validation_failed', 'invalid_cursor')
  async list(
    @CurrentCaller() { tenantId }: Caller,
    @Query() query: DocumentListQuery,
    @AskedLanguage() asked: ProblemLanguage | null,
  ): Promise<DocumentPageBody> {
    const filter = query.toFilter();
    const list = { name: 'documents', owner: tenantId, filters: { ...filter } };
    const page = await this.documents.list(tenantId, filter, { limit: query.limit, after: this.cursors.read(list, query.cursor) });
    const language = await this.languageFor(tenantId, page.items, asked);
    return DocumentPageBody.from(page.items, language, this.cursors.write(list, page.next));
  }

  /** Everything about one version. Send the ETag back as `If-None-Match` while waiting for it to be processed. */
  @Get(':id')
  @RequireScope('documents:read')
  @ApiOperation({ summary: 'Read one document' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiResponse({ status: 200, type: DocumentBody, headers: { ETag: { schema: { type: 'string' }, required: true } } })
  @ApiResponse({ status: 304, description: 'Unchanged since this ETag' })
  @ApiProblem('not_found')
  async read(
    @CurrentCaller() { tenantId }: Caller,
    @Param('id') id: string,
    @Headers('if-none-match') known: string | undefined,
    @AskedLanguage() asked: ProblemLanguage | null,
  ): Promise<Reply<DocumentBody | undefined>> {
    const view = await this.documents.find(tenantId, DocumentId.parse(id));
    if (view === null) throw new NotFound('document');
    const body = DocumentBody.from(view, await this.languageFor(tenantId, [view], asked));
    const etag = entityTagOf(body);
    return isKnown(etag, known) ? new Reply(undefined, { etag }, 304) : new Reply(body, { etag });
  }

  @Get(':id/content')
  @RequireScope('documents:read')
  @ApiOperation({ summary: 'Get the original bytes' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiResponse({ status: 304, description: 'Unchanged since this ETag' })
  @ApiResponse({
    status: 200,
    description: 'The bytes, as the media type that was found in them',
    content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
    headers: { ETag: { schema: { type: 'string' }, required: true } },
  })
  @ApiProblem('not_found')
  async content(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Headers('if-none-match') known: string | undefined,
  ): Promise<Reply<Uint8Array | undefined>> {
    const file = await this.readContent.execute(caller, DocumentId.parse(id), (hash) => isKnown(digestTag(hash), known));
    const etag = digestTag(file.contentHash);
    if (file.bytes === null) return new Reply(undefined, { etag }, 304);
    return new Reply(file.bytes, {
      'content-type': file.mediaType,
      'content-disposition': `attachment; filename*=UTF-8''${percentEncoded(file.filename)}`,
      'content-security-policy': 'sandbox',
      etag,
    });
  }

  @Get(':id/chunks')
  @RequireScope('documents:read')
  @ApiOperation({ summary: 'List what was extracted, in document order' })
  @ApiResponse({ status: 200, type: ChunkPageBody })
  @ApiProblem('not_found', 'validation_failed', 'invalid_cursor')
  async chunks(@CurrentCaller() { tenantId }: Caller, @Param('id') id: string, @Query() query: PageQuery): Promise<ChunkPageBody> {
    const documentId = DocumentId.parse(id);
    const list = { name: 'chunks', owner: tenantId, filters: { documentId } };
    const after = Number(this.cursors.read(list, query.cursor)?.id ?? -1);
    const document = await this.documents.find(tenantId, documentId);
    const chunks = document && (await this.documents.chunks(tenantId, documentId, after, query.limit + 1));
    if (document === null || chunks === null) throw new NotFound('document');
    const shown = chunks.slice(0, query.limit);
    const last = chunks.length > query.limit ? shown.at(-1) : undefined;
    return ChunkPageBody.from(shown, document, this.cursors.write(list, last === undefined ? null : { at: '', id: String(last.ordinal) }));
  }

  @Get(':filename/versions')
  @RequireScope('documents:read')
  @ApiOperation({ summary: 'List the versions of a file name, newest first' })
  @ApiResponse({ status: 200, type: [DocumentVersionBody] })
  @ApiProblem('not_found')
  async versions(@CurrentCaller() { tenantId }: Caller, @Param('filename') filename: string): Promise<readonly DocumentVersionBody[]> {
    const versions = await this.documents.versions(tenantId, knownName(filename));
    if (versions === null) throw new NotFound('document');
    return versions.map((one) => DocumentVersionBody.from(one));
  }

  /** Takes one version, or the whole history of its name, out of every search at once and erases it. An older text never comes back by this. */
  @Delete(':id')
  @HttpCode(202)
  @RequireScope('documents:write')
  @ApiOperation({ summary: 'Delete one version, or all of them' })
  @ApiHeader({ name: 'If-Match', required: false, description: 'The ETag that was seen: another state is not deleted' })
  @ApiResponse({ status: 202, type: DeletionBody })
  @ApiProblem('malformed_body', 'not_found', 'conflict', 'precondition_failed', 'body_too_large', 'unsupported_media_type')
  async delete(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: DeleteQuery,
    @Headers('if-match') seen: string | undefined,
  ): Promise<DeletionBody> {
    const documentId = DocumentId.parse(id);
    const precondition = seen === undefined ? null : await this.stillAs(seen, caller, documentId);
    const others = query.all_versions ? await this.versionsBeside(caller, documentId) : [];
    return DeletionBody.from(await this.deleteDocument.execute(caller, documentId, others, precondition));
  }

  private async take(caller: Caller, form: MultipartForm, { begin, complete }: Once<UploadedDocument>): Promise<UploadedDocument> {
    const file = await form.opened();
    const filename = FileName.parse(file.filename);
    const input: UploadDocumentInput = {
      filename,
      content: file.content,
      limitBytes: this.limits.maxBytes,
      describe: () => checkInput(UploadFields, form.fields(), 'body').toDescription(),
      begin: (sha256) => begin({ filename, fields: form.fields(), sha256 }),
    };
    const uploaded = await this.uploadDocument.execute(caller, input, complete);
    this.metrics.count('aegis_documents_received_total', { outcome: uploaded.duplicate ? 'duplicate' : 'accepted' });
    return uploaded;
  }

  /** The tag is compared with what is shown now; that it stays so is decided where the document is deleted. */
  private async stillAs(seen: string, { tenantId }: Caller, id: DocumentId): Promise<Precondition> {
    const view = await this.documents.find(tenantId, id);
    if (view === null) throw new NotFound('document');
    // Whatever language it was seen in.
    const isSame = (['ko', 'en'] as const).some((language) => isMeant(entityTagOf(DocumentBody.from(view, language)), seen));
    return (revision) => isSame && revision === view.revision;
  }

  /** The tenant's language counts where the client names none, and is looked up only where there is something to say. */
  private async languageFor(tenantId: TenantId, views: readonly DocumentView[], asked: ProblemLanguage | null): Promise<ProblemLanguage> {
    if (asked !== null || views.every(({ error }) => error === null)) return asked ?? 'en';
    return (await this.tenants.settings(tenantId)).language ?? 'en';
  }

  private async versionsBeside({ tenantId }: Caller, id: DocumentId): Promise<readonly DocumentId[]> {
    const document = await this.documents.find(tenantId, id);
    const versions = document && (await this.documents.versions(tenantId, document.filename));
    return (versions ?? []).map((version) => DocumentId.parse(version.id));
  }
}

/** RFC 8187: what encodeURIComponent leaves out of a header's alphabet. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** A text that can be no file's name names no document. */
function knownName(text: string): FileName {
  try {
    return FileName.parse(text);
  } catch (error) {
    if (error instanceof ValidationFailed) throw new NotFound('document');
    throw error;
  }
}
