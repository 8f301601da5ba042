import type { Check } from './proof/check';
import { openDeployment, type Deployment } from './proof/deployment';
import { fuzz, withoutGenerator } from './proof/fuzz/fuzz';
import { HttpClient, get } from './proof/fuzz/http-client';
import { OPERATIONS } from './proof/fuzz/operations';
import { bodyOf } from './proof/fuzz/sequence';
import { prove } from './proof/prove';
import { describeOnEmbedded, OPEN_TIMEOUT_MS } from '../support/database';

/** The whole proof is `npm run prove:isolation`; this is as much of it as a test run has time for, on the embedded engine. */
const SEQUENCES = 100;
const LENGTH = { min: 6, max: 10 };
/** The same in every run, so that a change is judged by what it changed; `npm run prove:isolation` draws another each time. */
const SEED = Number(process.env['ISOLATION_SEED'] ?? 20_261_121);
const PROOF_MS = 240_000;

describeOnEmbedded('the isolation proof', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment({}, null);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => deployment.close());

  it('has a generator for every operation, and none for what is not there', async () => {
    const client = new HttpClient(deployment.target.url, null);
    const { paths } = bodyOf(await client.send(get('/openapi.json'), null)) as { paths: Record<string, Record<string, unknown>> };
    client.close();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((one) => `${one.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(20);
    expect(withoutGenerator(operations)).toEqual([]);
    expect(Object.keys(OPERATIONS).filter((name) => !operations.includes(name))).toEqual([]);
  });

  it(
    `finds nothing of a twin in ${SEQUENCES} sequences (seed ${SEED})`,
    async () => {
      const { findings, figures } = await fuzz(deployment.target, {
        sequences: SEQUENCES,
        seed: SEED,
        length: LENGTH,
        sharing: 10,
        stopAtFirst: true,
      });
      expect(findings).toEqual([]);
      expect(figures['sequences']).toBe(SEQUENCES);
      expect(Number(figures['compared_with_random_ids'])).toBeGreaterThan(SEQUENCES / 2);
    },
    PROOF_MS,
  );

  it('does not take a check that tried nothing, or broke down, for one that held', async () => {
    const about = { name: 'empty', claim: 'Nothing.', cannotRun: () => null };
    const empty: Check = { ...about, run: () => Promise.resolve({ cases: 0, findings: [], figures: {} }) };
    const broken: Check = { ...about, run: () => Promise.reject(new Error('lost')) };
    for (const check of [empty, broken]) {
      expect((await prove(check, deployment.target, () => undefined)).verdict).toBe('failed');
    }
  });
});
