/** `version-traceid-parentid-flags`. What stands behind the flags belongs to versions that are not written yet. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const NONE = /^0+$/;

/**
 * The trace that a `traceparent` header names. Null for one that W3C Trace Context (section 3.2) calls invalid: it counts as not sent, and
 * so do two of them, which Node hands over as one text with a comma.
 */
export function traceIdIn(traceparent: string): string | null {
  const [, version, traceId = '', parentId = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  return NONE.test(traceId) || NONE.test(parentId) ? null : traceId;
}
