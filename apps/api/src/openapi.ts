import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openApiDocument, serveOpenApi } from '@aegis/presentation/http/openapi-document';

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function setUpOpenApi(app: NestFastifyApplication, root: string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  serveOpenApi(app, openApiDocument(app, version));
}
