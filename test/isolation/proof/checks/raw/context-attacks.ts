import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from './attacker';
import { REFUSED, type RawAttack, type Scene, type TenantTable } from './scene';

const select = ({ name }: TenantTable): string => `SELECT * FROM ${name}`;

const lastDigitChanged = (signature: string): string => `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`;

/** What the application would sign, with a key that it does not have. */
function signedByAnother(tenant: string): string {
  const at = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', randomBytes(32)).update(`v1|${tenant}|${at}`).digest('hex');
  return `1.${at}.${digest}`;
}

const FORGERIES: Readonly<Record<string, (scene: Scene) => Context>> = {
  'without signature': ({ theirs }) => ({ tenant: theirs, signature: '' }),
  'of another tenant': (scene) => ({ tenant: scene.theirs, signature: scene.sign(scene.mine) }),
  'of another key': ({ theirs }) => ({ tenant: theirs, signature: signedByAnother(theirs) }),
  'of a key that is not known': (scene) => ({ tenant: scene.theirs, signature: scene.sign(scene.theirs).replace(/^1\./, '2.') }),
  'that is fifteen minutes old': (scene) => scene.of(scene.theirs, -960_000),
  'that is fifteen minutes ahead': (scene) => scene.of(scene.theirs, 960_000),
  'with its time moved': (scene) => ({
    tenant: scene.theirs,
    signature: scene.sign(scene.theirs, -2_000_000).replace(/\.\d+\./, `.${Math.floor(Date.now() / 1000)}.`),
  }),
  'with one digit changed': (scene) => ({ tenant: scene.theirs, signature: lastDigitChanged(scene.sign(scene.theirs)) }),
  'in capitals': (scene) => ({ tenant: scene.theirs, signature: scene.sign(scene.theirs).toUpperCase() }),
  'of the tenant in capitals': (scene) => ({ tenant: scene.theirs.toUpperCase(), signature: scene.sign(scene.theirs) }),
};

const MALFORMED = ['a', '1.x.y', '1..', '...', '1.9223372036854775808.00', `1.${'9'.repeat(400)}.00`];

/** A context that is not there, or not the attacker's to have. */
export const contextAttacks: readonly RawAttack[] = [
  { name: 'no context: nothing is seen', run: (scene) => scene.unlike(['no rows'], (table) => scene.attempt(null, select(table))) },
  {
    name: 'an empty context: nothing is seen',
    run: (scene) => scene.unlike(['no rows'], (table) => scene.attempt({ tenant: '', signature: '' }, select(table))),
  },
  ...Object.entries(FORGERIES).map(([name, forge]) => ({
    name: `a signature ${name}: refused on every table`,
    run: (scene: Scene) => scene.unlike([REFUSED], (table) => scene.attempt(forge(scene), select(table))),
  })),
  {
    name: 'a signature of our own that is almost fifteen minutes old: still good, and shows all rows of our own and nobody else’s',
    run: async (scene) => {
      const own = new Map((await scene.fingerprint(scene.mine)).map(([name, rows]) => [name, rows]));
      const context = scene.of(scene.mine, -890_000);
      const findings = [];
      for (const { name, column } of scene.tables) {
        const outcome = await scene.attempt(context, `SELECT DISTINCT ${column} AS tenant, count(*)::int AS rows FROM ${name} GROUP BY 1`);
        const seen = 'rows' in outcome ? JSON.stringify(outcome.rows) : outcome.message;
        const rows = own.get(name) ?? 0;
        const expected = JSON.stringify(rows === 0 ? [] : [{ tenant: scene.mine, rows }]);
        if (seen !== expected) findings.push({ what: name, detail: `${seen} instead of ${expected}` });
      }
      return findings;
    },
  },
  ...MALFORMED.map((signature) => ({
    name: `the signature ${signature.slice(0, 40)}: an error, never a row`,
    run: (scene: Scene) =>
      scene.unlike([REFUSED, '22P02', '22003'], (table) => scene.attempt({ tenant: scene.theirs, signature }, select(table))),
  })),
];
