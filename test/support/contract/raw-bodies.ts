import { multipart } from '../api-client';
import { refused, type Expected, type HttpRequest } from './http-request';
import { typesOf } from './schema-values';

const JSON_TYPE = { 'content-type': 'application/json' };
const TOO_MUCH = 1_200_000;

/** Bodies that no schema describes: what is no JSON, what a parser would take for something else, what announces itself as what it is not. */
export function rawBodies(base: HttpRequest): readonly HttpRequest[] {
  if (base.operation.body === null) return base.method === 'GET' ? [] : unwanted(base);
  return base.operation.body.mediaType === 'application/json' ? rawJson(base) : rawForms(base);
}

/** Where no body is taken, none is read over: a client that sends one means something by it. */
function unwanted(base: HttpRequest): readonly HttpRequest[] {
  const sent = (what: string, type: string, payload: string, expected: Expected) => ({
    ...base,
    what,
    payload,
    expected,
    headers: { ...base.headers, 'content-type': type },
  });
  return [
    sent('a field where no body is', 'application/json', '{"force":true}', refused(['validation_failed'], '/force')),
    sent('a list where no body is', 'application/json', '[]', refused(['validation_failed'])),
    sent('no JSON where no body is', 'application/json', '{"force":', refused(['malformed_body'])),
    sent('text where no body is', 'text/plain', 'force', refused(['unsupported_media_type'])),
  ];
}

function rawJson(base: HttpRequest): readonly HttpRequest[] {
  const text = String(base.payload);
  const rest = text === '{}' ? '}' : `,${text.slice(1)}`;
  const sent = (what: string, payload: string | Buffer, expected: Expected, headers: Readonly<Record<string, string>> = {}) => ({
    ...base,
    what,
    payload,
    expected,
    headers: { ...base.headers, ...headers },
  });
  const malformed = refused(['malformed_body']);
  const nothing: readonly string[] = base.operation.body?.isRequired === true ? [''] : [];
  const invalid = (pointer?: string) => refused(['validation_failed'], pointer);
  const unsupported = refused(['unsupported_media_type']);
  return [
    ...[
      ...nothing,
      text.slice(0, -1),
      `${text}x`,
      `${text}${text}`,
      '{"a":}',
      "{'a':1}",
      'undefined',
      'NaN',
      '\ufeff',
      `{"a":${'['.repeat(5_000)}`,
    ].map((payload) => sent(`no JSON: ${payload.slice(0, 20)}`, payload, malformed)),
    ...['__proto__', 'constructor', '\\u005f_proto__', 'prototype'].map((key) =>
      sent(`key ${key}`, `{"${key}":{"polluted":true}${rest}`, malformed),
    ),
    sent('bytes that are no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), malformed),
    ...['null', '[]', '"x"', '1', 'true', '[{}]'].map((payload) => sent(`body ${payload}`, payload, invalid())),
    sent('a key twice', '{"twice":1,"twice":2}', invalid('/twice')),
    sent('too much', `{"a":"${'x'.repeat(TOO_MUCH)}"}`, refused(['body_too_large'])),
    ...hostileFields(base).map(([what, payload, pointer]) => sent(what, payload, invalid(pointer))),
    ...[
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
      'application/jsonp',
    ].map((type) => sent(`as ${type}`, text, unsupported, { 'content-type': type })),
    sent('as gzip', text, unsupported, { 'content-encoding': 'gzip' }),
  ];
}

/** Per field of the body: what JSON can write and a schema cannot say. */
function hostileFields({ operation }: HttpRequest): readonly (readonly [string, string, string])[] {
  return Object.entries(operation.body?.schema.properties ?? {}).flatMap(([name, schema]) => {
    const types = typesOf(schema);
    const values = [
      ...(types.includes('string') && schema.enum === undefined ? ['"\\ud800x"', '"a\\u0000b"', '"\\udc00"'] : []),
      ...(types.includes('integer') || types.includes('number') ? ['1e999', '-1e999'] : []),
    ];
    return values.map((value) => [`/${name} ${value}`, `{"${name}":${value}}`, `/${name}`] as const);
  });
}

function rawForms(base: HttpRequest): readonly HttpRequest[] {
  const file = { name: 'file', filename: '규정.md', content: '# 규정\n\n연차는 17일이다.\n' };
  const whole = multipart([file]);
  const sent = (what: string, payload: Buffer, codes: readonly string[], headers: Readonly<Record<string, string>> = {}) => ({
    ...base,
    what,
    payload,
    expected: refused(codes),
    headers: { ...base.headers, ...headers },
  });
  return [
    sent('a form that breaks off', whole.subarray(0, whole.length - 20), ['malformed_body']),
    sent('no boundary', whole, ['malformed_body'], { 'content-type': 'multipart/form-data' }),
    sent('JSON for a form', Buffer.from('{}'), ['unsupported_media_type'], JSON_TYPE),
    sent('an empty file', multipart([{ ...file, content: '' }]), ['file_empty']),
    sent('a file of no known format', multipart([{ ...file, content: Buffer.from('7f454c4602010100000000', 'hex') }]), [
      'unsupported_media_type',
    ]),
    sent('two files', multipart([file, { ...file, content: 'b' }]), ['validation_failed']),
    sent('a field twice', multipart([{ name: 'title', content: 'a' }, { name: 'title', content: 'b' }, file]), ['validation_failed']),
    sent('a field of a dangerous name', multipart([{ name: '__proto__', content: '{"polluted":true}' }, file]), ['validation_failed']),
    sent('half a character', multipart([{ name: 'tags', content: '["\\ud800"]' }, file]), ['validation_failed']),
    sent('a zero character', multipart([{ name: 'title', content: 'a\u0000b' }, file]), ['validation_failed']),
    ...['{"__proto__":{"polluted":true}}', '{"a":"\\u0000"}', '{"a":{"\\udc00":1}}', `{"a":${'['.repeat(3_000)}`].map((content) =>
      sent(`metadata ${content.slice(0, 30)}`, multipart([{ name: 'metadata', content }, file]), ['validation_failed']),
    ),
  ];
}
