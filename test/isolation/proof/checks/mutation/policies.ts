import type { Target } from '../../check';
import { about } from '../../one-message';
import { superuserOf, type Mutant, type Undo } from './mutant';

const POLICY = `SELECT pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS checked
  FROM pg_policy WHERE polname = 'tenant' AND polrelid = $1::regclass`;

/** The policy of a table with other conditions, and then with its own again. */
export const policyAs =
  (table: string, other: { readonly using?: string; readonly checked?: string }) =>
  async (target: Target): Promise<Undo> => {
    const superuser = superuserOf(target);
    const [own] = (await superuser.query<{ using: string; checked: string }>(about(POLICY, table))).rows;
    if (own === undefined) throw new Error(`${table} has no policy`);
    const write = (using: string, checked: string) =>
      superuser.query(`ALTER POLICY tenant ON ${table} USING (${using}) WITH CHECK (${checked})`);
    await write(other.using ?? own.using, other.checked ?? own.checked);
    return async () => {
      await write(own.using, own.checked);
    };
  };

export const policyOff = (table: string): Mutant['apply'] => policyAs(table, { using: 'true', checked: 'true' });
