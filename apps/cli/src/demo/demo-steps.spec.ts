import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expectedSource, readDemoMaterial } from './demo-material';
import { demoSteps } from './demo-steps';

const FOLDER = join(__dirname, '..', '..', '..', '..', 'examples', 'documents');

describe('the demo', () => {
  const material = readDemoMaterial(FOLDER);
  const steps = demoSteps(material);

  it('has the files that it uploads', () => {
    const missing = material.tenants.flatMap(({ documents }) => documents).filter(({ path }) => !existsSync(join(FOLDER, path)));
    expect(missing).toEqual([]);
  });

  it('shows what it promises: languages, a day before a version, refusals, another tenant, a stream', () => {
    const questions = steps.map(({ question }) => question);
    expect(questions.filter(({ query, expect: kind }) => kind === 'answer' && /[가-힣]/.test(query)).length).toBeGreaterThanOrEqual(2);
    expect(questions.some(({ query, expect: kind }) => kind === 'answer' && !/[가-힣]/.test(query))).toBe(true);
    expect(questions.filter(({ as_of_date }) => as_of_date !== undefined)).toHaveLength(1);
    expect(questions.filter((question) => question.expect === 'refuse').length).toBeGreaterThanOrEqual(3);
    expect(steps.filter(({ streamed }) => streamed)).toHaveLength(1);
  });

  it('expects the version that held on the day of the question', () => {
    const versions = steps
      .filter(({ question }) => question.query.startsWith('연차'))
      .map(({ tenant, question }) => [question.as_of_date, expectedSource(tenant, question)?.version]);
    expect(versions).toEqual([
      [undefined, 2],
      ['2024-12-31', 1],
    ]);
  });
});
