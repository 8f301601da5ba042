/** Every code that an error answer may carry, with its status. Clients depend on the codes: they never change. */
export const PROBLEM_STATUS = {
  malformed_body: 400,
  validation_failed: 400,
  invalid_cursor: 400,
  file_missing: 400,
  bad_request: 400,
  unauthenticated: 401,
  quota_exceeded: 402,
  insufficient_scope: 403,
  tenant_suspended: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_in_progress: 409,
  model_retired: 409,
  precondition_failed: 412,
  body_too_large: 413,
  file_too_large: 413,
  query_too_long: 413,
  unsupported_media_type: 415,
  file_empty: 422,
  file_encrypted: 422,
  file_corrupt: 422,
  idempotency_key_reused: 422,
  rate_limited: 429,
  token_rate_limited: 429,
  internal_error: 500,
  overloaded: 503,
  retrieval_unavailable: 503,
  shutting_down: 503,
  storage_full: 507,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEM_STATUS, code);

/** Why, where a code stands for several causes that a client would mend in different ways; told in the detail. */
export const PROBLEM_REASONS = [
  'body_missing',
  'body_not_utf8',
  'body_not_json',
  'body_too_deep',
  'body_with_forbidden_key',
  'body_too_slow',
  'charset_not_utf8',
  'body_encoded',
] as const;
export type ProblemReason = (typeof PROBLEM_REASONS)[number];

/** Codes of single fields inside `errors[]`. */
export const FIELD_CODES = [
  'unknown_field',
  'duplicate_field',
  'required',
  'wrong_type',
  'out_of_range',
  'too_long',
  'too_short',
  'too_many',
  'not_allowed',
  'invalid_format',
  'invalid_text',
  'invalid_filename',
  'in_future',
  'in_past',
  'invalid',
] as const;
export type FieldCode = (typeof FIELD_CODES)[number];

export interface ProblemText {
  readonly title: string;
  /** `{name}` stands for a parameter of the error. */
  readonly detail: string;
}

export interface ProblemCatalogue {
  readonly problems: Readonly<Record<ProblemCode, ProblemText>>;
  /** In the place of the detail. */
  readonly reasons: Readonly<Record<ProblemReason, string>>;
  readonly fields: Readonly<Record<FieldCode, string>>;
}
