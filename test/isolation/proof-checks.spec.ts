import { OPEN_TIMEOUT_MS, describeOnEmbedded } from '../support/database';
import { openDeployment, type Deployment } from './proof/deployment';
import type { Target } from './proof/check';
import { injectionWith } from './proof/checks/injection';
import { examine } from './proof/checks/injection/statement-log';
import { injectionStrings } from './proof/checks/injection/strings';
import { lint } from './proof/checks/lint';
import { MUTANTS, outcomeOf } from './proof/checks/mutation';
import { Killers } from './proof/checks/mutation/killers';
import { withoutPredicates } from './proof/checks/mutation/predicates-off';
import { poolStormWith } from './proof/checks/pool-storm';
import type { Reply } from './proof/checks/requests';
import { comparePair } from './proof/checks/timing';

const SEED = 20_261_121;
const PATIENCE_MS = 120_000;

/** Of each kind: by SQL, by SQL with its twin in our code off, by code, and of caches, bells and tickets. `npm run prove:isolation` tries them all. */
const SMOKE = [
  'SELECT granted on a partition',
  'policy of documents: true; its twin off too',
  'path of a file without the tenant',
  'secret of a key not compared',
  'rate windows not named by their tenant',
  'remembered keys named by their look-up id alone',
  'remembered vectors of questions not named by their tenant',
  'remembered results neither named by their tenant',
  'jobs claimed in any tenant; policy of jobs: true',
  'tickets not taken away when they are redeemed',
];

/** P1 ISO-2, P2 and P3 in small: what the proof does at length, on the embedded engine. */
describeOnEmbedded('the checks of the proof', () => {
  let deployment: Deployment;
  let target: Target;

  beforeAll(async () => {
    deployment = await openDeployment({}, null);
    const { database } = deployment.target;
    // Every session of the embedded engine is its superuser's: guards can be switched off through any.
    target = { ...deployment.target, database: database === null ? null : { ...database, superuser: database.runtime } };
  }, OPEN_TIMEOUT_MS);
  afterAll(() => deployment.close());

  it('find nothing in the catalogue', async () => {
    const { cases, findings } = await lint.run(target);
    expect(findings).toEqual([]);
    expect(cases).toBeGreaterThan(100);
  });

  it(
    'find nothing when connections are lent in a storm',
    async () => {
      const { findings, figures } = await poolStormWith({ durationMs: 3_000, tenants: 5, concurrent: 40, killEveryMs: null }).run(target);
      expect(findings).toEqual([]);
      expect(figures['connections_looked_at_when_lent']).toBeGreaterThan(20);
    },
    PATIENCE_MS,
  );

  it(
    'find no text of a client in a statement',
    async () => {
      const { cases, findings } = await injectionWith({ stride: 60 }).run({ ...target, database: null });
      expect(findings).toEqual([]);
      expect(cases).toBeGreaterThan(150);
    },
    PATIENCE_MS,
  );

  describe('with a guard switched off', () => {
    let killers: Killers;
    beforeAll(async () => {
      killers = await Killers.open(target, SEED);
    }, PATIENCE_MS);
    afterAll(() => killers.close());

    it.each(SMOKE)(
      '%s: one of them sees it',
      async (guard) => {
        const mutant = MUTANTS.find((each) => each.guard.startsWith(guard));
        if (mutant === undefined) throw new Error(`there is no mutant ${guard}`);
        const kind = mutant.killers.filter((name) => name !== 'raw-attack'); // needs a login that is a boundary
        const outcome = await outcomeOf({ ...mutant, killers: kind }, killers, target);
        expect(outcome.killedBy.map(({ check }) => check)).toEqual(kind);
        expect(outcome.killedBy.map(({ finding }) => finding).join()).not.toContain('broke down');
      },
      PATIENCE_MS,
    );
  });
});

describe('what the proof is made of', () => {
  it('has more than fifteen mutants, each with a name of its own and a check that must see it', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(30);
    expect(new Set(MUTANTS.map(({ guard }) => guard)).size).toBe(MUTANTS.length);
    expect(MUTANTS.filter(({ killers }) => killers.length === 0)).toEqual([]);
  });

  it('has more than three hundred injection strings, each with its marker and a harmless twin', () => {
    const strings = injectionStrings('mk0123');
    expect(new Set(strings.map(({ text }) => text)).size).toBeGreaterThanOrEqual(300);
    expect(strings.filter(({ text }) => !text.includes('mk0123'))).toEqual([]);
    expect(strings.filter(({ twin }) => /[^\p{L}\p{N} ]/u.test(twin))).toEqual([]);
  });

  it('takes predicates out of SQL and leaves what they were typed as', () => {
    expect(
      withoutPredicates('SELECT 1 FROM documents d JOIN chunks c ON c.tenant_id = d.tenant_id WHERE d.tenant_id = $1 AND d.id = $2'),
    ).toEqual({
      text: 'SELECT 1 FROM documents d JOIN chunks c ON true WHERE ($1::uuid IS NOT NULL) AND d.id = $2',
      taken: 2,
    });
    expect(withoutPredicates('UPDATE "t" SET "x" = $1 WHERE "tenant_id" = $2').text).toBe(
      'UPDATE "t" SET "x" = $1 WHERE ($2::uuid IS NOT NULL)',
    );
    const settings = 'SELECT (SELECT t.settings FROM tenants t WHERE t.id = $1), 2 FROM documents WHERE id = $2';
    expect(withoutPredicates(settings).text).toBe(
      'SELECT (SELECT t.settings FROM tenants t WHERE ($1::uuid IS NOT NULL)), 2 FROM documents WHERE id = $2',
    );
    expect(withoutPredicates('INSERT INTO t (tenant_id) VALUES ($1)').taken).toBe(0);
  });

  it('reads the database log: a marker in a statement, a statement misread, parameters apart', () => {
    const line = (text: string) => `2026-11-21 10:00:00.123 UTC [42] ${text}`;
    const of = (...lines: readonly string[]) => examine(lines.join('\n'), 'mk1').findings.map(({ what }) => what);
    expect(of(line('LOG:  execute <unnamed>: SELECT $1'), line("DETAIL:  parameters: $1 = 'mk1'"))).toEqual([]);
    expect(of(line("LOG:  statement: SELECT 'mk1'"))).toEqual(['text of a client stands in a statement']);
    expect(of(line('LOG:  statement: SELECT'), "\t'mk1'")).toEqual(['text of a client stands in a statement']);
    expect(of(line('ERROR:  syntax error at or near "x"'))).toEqual(['a statement was misread']);
    expect(examine(line('LOG:  statement: SELECT 1'), 'mk1').statements).toBe(1);
  });

  describe('comparing two answers', () => {
    const reply =
      (tookMs: number, text = '{}'): (() => Promise<Reply>) =>
      () =>
        Promise.resolve({ status: 404, headers: {}, text, body: {}, tookMs: tookMs + Math.random() });
    const compared = async (one: () => Promise<Reply>, other: () => Promise<Reply>) =>
      (await comparePair({ name: 'pair', one, other }, { samples: 200, rounds: 3 })).finding?.what ?? null;

    it('tells neither equal answers apart, nor equal times', async () => {
      expect(await compared(reply(1), reply(1))).toBeNull();
    });
    it('tells other bytes apart', async () => {
      expect(await compared(reply(1), reply(1, '{"a":1}'))).toBe('pair: told apart by the answer');
    });
    it('tells half a millisecond apart', async () => {
      expect(await compared(reply(1), reply(1.6))).toBe('pair: told apart by time');
    });
  });
});
