import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { productVersion } from '@aegis/infrastructure/configuration/product-version';
import { openApiDocument, serveOpenApi } from '@aegis/presentation/http/openapi-document';

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function setUpOpenApi(app: NestFastifyApplication, root: string): void {
  serveOpenApi(app, openApiDocument(app, productVersion(root)));
}
