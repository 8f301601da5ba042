import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { Schema } from './api-description';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isMoment = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T.*Z$/.test(text) && !Number.isNaN(Date.parse(text));

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  multipleOfPrecision: 6,
  formats: {
    uuid: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
    date: (text: string) => DAY.test(text) && !Number.isNaN(Date.parse(text)),
    'date-time': isMoment,
    binary: true,
  },
});
ajv.removeKeyword('contentSchema'); // known there as a mere annotation
ajv.addKeyword({ keyword: 'contentSchema', type: 'string', compile: (schema: Schema) => (text: string) => isJsonOf(schema, text) });

function isJsonOf(schema: Schema, text: string): boolean {
  try {
    return errorsOf(schema, JSON.parse(text)).length === 0;
  } catch {
    return false;
  }
}

const compiled = new WeakMap<Schema, ValidateFunction>();

/** What is wrong with the value; empty when it holds. */
export function errorsOf(schema: Schema, value: unknown): readonly string[] {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`);
}

/** The same schema, where an object has no field that is not named: what an answer says beyond the document is a mistake too. */
export function closed(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (_, node: unknown) =>
    typeof node === 'object' && node !== null && 'properties' in node && !('additionalProperties' in node)
      ? { ...node, additionalProperties: false }
      : node,
  ) as Schema;
}
