import { CATALOG_LINT } from '@aegis/infrastructure/persistence/catalog-lint';
import type { Check } from '../check';

/** Every relation, index, policy, grant, function and role is looked at: the number says that there was something to look at. */
const LOOKED_AT = `SELECT (SELECT count(*) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'sec'::regnamespace))
  + (SELECT count(*) FROM pg_policy) + (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'app\\_%')
  + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'sec'::regnamespace) AS things`;

/** DB-1: what the catalogue says, read with the runtime's own login. */
export const lint: Check = {
  name: 'catalogue-lint',
  claim:
    'Every tenant table has forced row-level security with the one policy, keys that begin with the tenant; what other roles may read or change is declared, to the column.',
  cannotRun: ({ database }) => (database === null ? 'needs DATABASE_URL' : null),
  async run({ database }) {
    if (database === null) throw new Error('no database');
    const looked = await database.runtime.query<{ things: string }>(LOOKED_AT);
    const { rows } = await database.runtime.query<{ finding: string }>(CATALOG_LINT);
    return {
      cases: Number(looked.rows[0]?.things ?? 0),
      findings: rows.map(({ finding }) => ({ what: 'catalogue', detail: finding })),
      figures: {},
    };
  },
};
