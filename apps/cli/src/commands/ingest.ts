import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { DocumentBody, UploadedDocumentBody } from '@aegis/presentation/documents/document.dto';
import { CommandFailed, EXIT } from '../exit-codes';
import type { AegisClient, UploadFields } from '../http/aegis-client';
import { describeProgress, processed } from '../http/processed';
import type { CommandContext } from './command-context';
import { collect } from './option-values';
import { tenantClient, withServerOptions, type ServerOptions } from './server-options';

interface IngestOptions extends ServerOptions {
  readonly title?: string;
  readonly docType?: string;
  readonly department?: string;
  readonly language?: string;
  readonly tag?: readonly string[];
  readonly validFrom?: string;
  readonly wait?: true;
}

export function addIngest(program: Command, context: CommandContext): void {
  const ingest = program.command('ingest').description("put files into a tenant's collection").argument('<files...>');
  withServerOptions(ingest, 'tenant')
    .option('--title <title>', 'for one file')
    .option('--doc-type <type>', 'for example report')
    .option('--department <name>')
    .option('--language <language>', 'ko or en (default: found out)')
    .option('--tag <tag>', 'may be given more than once', collect)
    .option('--valid-from <date>', 'since when this content holds (default: now)')
    .option('--wait', 'until the documents can be asked about')
    .action((files: readonly string[], options: IngestOptions) => run(files, options, context));
}

async function run(files: readonly string[], options: IngestOptions, context: CommandContext): Promise<void> {
  if (options.title !== undefined && files.length > 1) throw new CommandFailed('--title names one file, and there are more.', EXIT.usage);
  const paths = files.map((file) => existing(resolve(context.config.folder, file)));
  const client = tenantClient(options, context);
  let failed = 0;
  for (const path of paths) {
    context.terminal.progress(`${basename(path)}  uploading`);
    const uploaded = await client.upload(path, fieldsOf(options));
    const document = options.wait ? await waitFor(client, uploaded, context) : uploaded;
    if (document.status === 'failed') failed++;
    report(document, options, context);
  }
  if (failed > 0) throw new CommandFailed(`${failed} of ${paths.length} files could not be processed.`, EXIT.badData);
}

function existing(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new CommandFailed(`There is no file ${path}.`, EXIT.noInput);
}

function fieldsOf({ title, docType, department, language, tag, validFrom }: IngestOptions): UploadFields {
  return {
    ...(title !== undefined && { title }),
    ...(docType !== undefined && { doc_type: docType }),
    ...(department !== undefined && { department }),
    ...(language !== undefined && { language }),
    ...(tag !== undefined && { tags: tag }),
    ...(validFrom !== undefined && { valid_from: validFrom }),
  };
}

const waitFor = (client: AegisClient, uploaded: UploadedDocumentBody, { terminal, signal }: CommandContext): Promise<DocumentBody> =>
  processed(client, uploaded.id, signal, (document) => terminal.progress(`${document.filename}  ${describeProgress(document)}`));

function report(document: DocumentBody | UploadedDocumentBody, { json }: IngestOptions, { terminal }: CommandContext): void {
  if (json) {
    terminal.printJson(document);
    return;
  }
  const name = `${document.filename} version ${document.version}`;
  if ('duplicate' in document) {
    terminal.print(`${name}  ${document.duplicate ? 'is there already' : document.status}  ${document.id}`);
  } else if (document.error !== null) {
    terminal.print(terminal.style('red', `${name}  ${document.status}: ${document.error.message} (${document.error.code})`));
  } else {
    const pages = document.page_count === null ? '' : `${document.page_count} pages, `;
    terminal.print(`${terminal.style('green', name)}  ${document.status}: ${pages}${document.chunk_count ?? 0} chunks  ${document.id}`);
    if (document.warnings.length > 0) terminal.note(`  note: ${document.warnings.join(', ')}`);
  }
}
