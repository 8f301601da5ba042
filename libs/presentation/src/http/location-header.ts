/** For an answer that tells where the thing it made can be read. */
export const LOCATION = { Location: { schema: { type: 'string' as const, format: 'uri-reference' }, required: true } };
