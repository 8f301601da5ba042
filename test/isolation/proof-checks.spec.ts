import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPEN_TIMEOUT_MS, describeOnEmbedded } from '../support/database';
import { openDeployment, type Deployment } from './proof/deployment';
import type { Target } from './proof/check';
import { cacheScope } from './proof/checks/cache-scope';
import { injectionWith } from './proof/checks/injection';
import { examine } from './proof/checks/injection/statement-log';
import { injectionStrings } from './proof/checks/injection/strings';
import { lint } from './proof/checks/lint';
import { MUTANTS, outcomeOf, shortcomingOf } from './proof/checks/mutation';
import { Killers } from './proof/checks/mutation/killers';
import { withoutPredicates } from './proof/checks/mutation/predicates-off';
import { poolStormWith } from './proof/checks/pool-storm';
import { ask, type Reply } from './proof/checks/requests';
import { comparePair } from './proof/checks/timing';
import { writeReport, type CheckReport, type Report } from './proof/report';

const SEED = 20_261_121;
const PATIENCE_MS = 120_000;

/** One of each kind: by SQL, by SQL with its twin in our code off, by code, of caches and of tickets. `npm run prove:isolation` tries them all. */
const SMOKE = [
  'SELECT granted on a partition',
  'policy of documents: true; its twin off too',
  'path of a file without the tenant',
  'remembered results neither named by their tenant',
  'tickets not taken away when they are redeemed',
];

async function tenantsOf(target: Target): Promise<readonly string[]> {
  const { body } = await ask(target, { method: 'GET', path: '/v1/admin/tenants?limit=100', key: target.administrator });
  return (body['data'] as readonly { readonly id: string }[]).map(({ id }) => id);
}

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

  it('find nothing in what the process remembers: only so does it say anything where they see a mutant', async () => {
    const { cases, findings } = await cacheScope.run(target);
    expect(findings).toEqual([]);
    expect(cases).toBeGreaterThan(30);
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
      const before = await tenantsOf(target);
      const { cases, findings } = await injectionWith({ stride: 60 }).run({ ...target, database: null });
      expect(await tenantsOf(target)).toEqual(before); // also those that were made with a string for a name
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
  it('counts a mutant as seen where a check says what it saw, not where all of them broke down', () => {
    const outcome = { name: 'a leak', guard: 'a policy off', expected: ['lint', 'fuzz'], tookMs: 1 };
    const seen = (...findings: string[]) =>
      shortcomingOf({ ...outcome, killedBy: findings.map((finding) => ({ check: 'fuzz', finding })) }).map(({ what }) => what);
    expect(seen()).toEqual(['survived: a policy off']);
    expect(seen('broke down: no answer')).toEqual(['only broke what was to see it: a policy off']);
    expect(seen('broke down: no answer', 'a row of B: 1')).toEqual([]);
  });

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

  describe('its report', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-report-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const about = { claim: 'Nothing leaks.', reason: null, cases: 1, seconds: 1, figures: {}, findings: [], mutants: [] };
    const written = async (checks: readonly Partial<CheckReport>[]): Promise<readonly string[]> => {
      const report: Report = {
        ...{ format: 'aegis-isolation-proof/1', verdict: 'failed', started_at: '2026-11-22T00:00:00.000Z', seconds: 90, seed: 7 },
        ...{ product: { version: '0.1.0', commit: 'abc' }, repeat: 'npm run prove:isolation -- --seed 7' },
        target: { kind: 'own deployment', url: 'http://127.0.0.1:1', engines: {} },
        checks: checks.map((check) => ({ ...about, name: 'a check', verdict: 'held', ...check })),
      };
      await writeReport(report, folder, ['the-administrators-key']);
      return ['report.md', 'report.json'].map((name) => readFileSync(join(folder, name), 'utf8'));
    };

    it('says of each mutant what saw it, and how; of a survivor that it survived', async () => {
      const mutant = { expected: ['fuzz'], tookMs: 1 };
      const killedBy = [{ check: 'fuzz', finding: 'broke down: no work comes to an end | 끝나지 않음' }];
      const [markdown] = await written([
        {
          mutants: [
            { ...mutant, name: 'seen', guard: 'one', killedBy },
            { ...mutant, name: 'not seen', guard: 'other', killedBy: [] },
          ],
        },
      ]);
      expect(markdown).toContain('| seen | one | fuzz | fuzz (broke down: no work comes to an end \\| 끝나지 않음) |');
      expect(markdown).toContain('| not seen | other | fuzz | **survived** |');
    });

    it('counts what held, failed and could not be run', async () => {
      const [markdown] = await written([{}, { verdict: 'failed' }, { verdict: 'not run', reason: 'no database' }]);
      expect(markdown).toContain('**FAILED**: 1 of 2 checks that were run held; 1 could not be run.');
      expect(markdown).toContain('Not run: no database.');
    });

    it('holds no key, token, secret or folder, whatever a finding quotes', async () => {
      const key = `ag_live_${'a'.repeat(61)}`;
      const token = `eyJ${'b'.repeat(20)}.${'c'.repeat(20)}.${'d'.repeat(20)}`;
      const detail = `was answered with ${key}, ${token}, the-administrators-key, ${process.cwd()}/x and ${tmpdir()}/aegis-1/files`;
      for (const text of await written([{ findings: [{ what: 'a leak', detail }] }])) {
        expect(text).toContain('a leak');
        for (const secret of [key, token, 'the-administrators-key', process.cwd(), tmpdir()]) expect(text).not.toContain(secret);
      }
    });
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
