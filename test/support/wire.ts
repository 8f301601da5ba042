/**
 * The names of all answers in one loose shape: a test reads what it expects, and fails where something else came. Nothing of it is promised
 * to be there.
 */
export interface Wire {
  readonly id: string;
  readonly code: string;
  readonly key: string;
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  readonly status: string | number;
  readonly pointer: string;
  readonly errors: readonly Wire[];
  readonly data: readonly Wire[];
  readonly next_cursor: string | null;
  readonly filename: string;
  readonly version: number;
  readonly model: string;
  readonly cost_usd: number;
  readonly language: string;
  readonly settings: object;
  readonly is_latest: boolean;
  readonly duplicate: boolean;
  readonly created_at: string;
  readonly replaced_at: string | null;
  readonly revoked_at: string | null;
  readonly expires_at: string | null;
  readonly not_after: string | null;
  readonly last_used_at: string | null;
  readonly mode: string;
  readonly prefix: string;
  readonly replaces: Wire;
  readonly chunk_count: number;
  readonly content: string;
  readonly scopes: readonly string[];
  readonly api_key: Wire;
  readonly deletion_id: string;
  readonly query_id: string;
  readonly refused: boolean;
  readonly reason: string;
  readonly reason_code: string;
  readonly answer: string;
  readonly confidence: number;
  readonly cache: string;
  readonly similarity: number;
  readonly score: number;
  readonly citation: number | null;
  readonly quotes: readonly { readonly start: number; readonly end: number }[];
  readonly sources: readonly Wire[];
  readonly results: readonly Wire[];
  readonly chunks_searched: number;
  readonly understanding: Wire | null;
  readonly steps: readonly string[];
  readonly searched_with: readonly string[];
  readonly created_before: string | null;
  readonly degraded: readonly string[];
  readonly input: Wire;
  readonly queries: number;
  readonly ticket: string;
  readonly access_token: string;
  readonly tenant_id: string;
  readonly chunk_id: string;
}
