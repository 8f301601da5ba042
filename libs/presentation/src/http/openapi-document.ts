import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ADMINISTRATOR_SCHEME, API_KEY_SCHEME } from './access';
import { withConventions } from './openapi-conventions';

const DESCRIPTION = [
  'Multi-tenant RAG: answers made only from a tenant’s own documents, cited, refused when the evidence is weak, accounted for and replayable.',
  'Every route answers at `/v1/<path>` and at `/<path>`. Errors are problem details (RFC 9457) with a stable `code`; `Accept-Language: ko` or `en` chooses their words.',
].join('\n\n');

/** The API as OpenAPI 3.1: exactly the routes that are there. */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('AEGIS')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'ag_live_…',
        description: 'A tenant’s API key. With the scope `admin` it is the key of the tenant’s own administrator.',
      },
      API_KEY_SCHEME,
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'An administrator: an access token of the configured identity provider, a token of `POST /v1/admin/auth/token`, or the bootstrap key.',
      },
      ADMINISTRATOR_SCHEME,
    )
    .addSecurityRequirements(API_KEY_SCHEME)
    .addTag('documents', 'Put files in, follow them, read what was extracted')
    .addTag('query', 'Ask questions')
    .addTag('usage', 'What was spent')
    .addTag('audit', 'What happened to a query')
    .addTag('admin', 'Tenants, their keys and administrators; for the platform’s administrators, and for a tenant’s own')
    .addTag('health', 'For load balancers and monitoring')
    .build();
  return withConventions(
    SwaggerModule.createDocument(app, config, {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    }),
  );
}

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function serveOpenApi(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'AEGIS API',
  });
}
