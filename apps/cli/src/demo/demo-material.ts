import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `examples/documents/questions.json`; its README explains the fields. */
export interface DemoMaterial {
  readonly tenants: readonly DemoTenant[];
}

export interface DemoTenant {
  readonly name: string;
  readonly slug: string;
  readonly documents: readonly DemoDocument[];
  readonly questions: readonly DemoQuestion[];
}

export interface DemoDocument {
  readonly path: string;
  readonly filename: string;
  readonly title: string;
  readonly doc_type: string;
  readonly department: string;
  readonly language?: string;
  readonly valid_from: string;
}

export interface DemoQuestion {
  readonly query: string;
  readonly expect: 'answer' | 'refuse';
  readonly file: string | null;
  readonly page?: number;
  readonly must_contain: readonly string[];
  readonly must_not_contain?: readonly string[];
  readonly as_of_date?: string;
}

export const readDemoMaterial = (folder: string): DemoMaterial =>
  JSON.parse(readFileSync(join(folder, 'questions.json'), 'utf8')) as DemoMaterial;

export interface ExpectedSource {
  readonly filename: string;
  readonly version: number;
  readonly page: number | undefined;
}

/** Where the answer must come from: documents of one file name are its versions, in the order in which they are listed. */
export function expectedSource({ documents }: DemoTenant, { file, page }: DemoQuestion): ExpectedSource | null {
  if (file === null) return null;
  const document = documents.find(({ path }) => path === file);
  if (document === undefined) throw new Error(`questions.json asks for ${file}, which is not among the tenant's documents`);
  const versions = documents.filter(({ filename }) => filename === document.filename);
  return { filename: document.filename, version: versions.indexOf(document) + 1, page };
}
