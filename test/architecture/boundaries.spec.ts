import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const PATIENCE_MS = 120_000;

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[];
  };
}

/** One violation of each rule, as a file and what it says. */
const PLANTED: Readonly<Record<string, readonly (readonly [path: string, text: string])[]>> = {
  'domain-imports-only-domain': [['libs/domain/src/documents/a.ts', "import '@aegis/application/shared/clock';"]],
  'domain-has-no-packages': [['libs/domain/src/documents/b.ts', "import 'node:fs';"]],
  'application-imports-only-domain': [['libs/application/src/documents/c.ts', "import '@aegis/infrastructure/system/system-clock';"]],
  'application-has-no-packages': [['libs/application/src/documents/d.ts', "import 'pino';"]],
  'presentation-never-touches-infrastructure': [
    ['libs/presentation/src/documents/e.ts', "import '@aegis/infrastructure/system/system-clock';"],
  ],
  'infrastructure-never-touches-presentation': [['libs/infrastructure/src/documents/f.ts', "import '@aegis/presentation/http/cursors';"]],
  'libraries-never-import-an-app': [['libs/presentation/src/documents/g.ts', "import '../../../../apps/api/src/config';"]],
  'apps-do-not-meet': [['apps/worker/src/h.ts', "import '../../api/src/config';"]],
  'embedded-takes-the-worker-whole': [['apps/api/src/embedded.module.ts', "import '../../worker/src/features/dispatch.module';"]],
  'features-meet-through-ids-events-and-readers': [['libs/domain/src/usage/i.ts', "import '../documents/document';"]],
  'no-cycles': [
    ['libs/domain/src/usage/j.ts', "import './k';"],
    ['libs/domain/src/usage/k.ts', "import './j';"],
  ],
  'no-barrels': [
    ['libs/domain/src/usage/index.ts', "export * from './usage-errors';"],
    ['libs/domain/src/usage/l.ts', "import './index';"],
  ],
  resolvable: [['libs/domain/src/usage/m.ts', "import './nowhere';"]],
  'not-to-test-code': [['libs/infrastructure/src/usage/n.ts', "import '@aegis/domain/retrieval/rank-fusion.spec';"]],
  'no-dev-dependencies-in-production': [['libs/infrastructure/src/usage/o.ts', "import 'fast-check';"]],
  'no-orphans': [['libs/domain/src/usage/p.ts', 'export const alone = 1;']],
};

describe('boundaries', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'aegis-boundaries-'));
    for (const name of ['apps', 'libs', 'migrations', 'package.json', 'tsconfig.json', '.dependency-cruiser.js']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });

  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  function cruise(): Cruise['summary'] {
    const arguments_ = ['apps', 'libs', 'migrations', '--config', '.dependency-cruiser.js', '--output-type', 'json'];
    const output = execFileSync(join(ROOT, 'node_modules', '.bin', 'depcruise'), arguments_, { cwd: copy, maxBuffer: 1e9, stdio: 'pipe' });
    return (JSON.parse(output.toString('utf8')) as Cruise).summary;
  }

  it(
    'hold in the code as it is, and all of it was read',
    () => {
      const { totalCruised, violations } = cruise();
      expect(violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
      expect(totalCruised).toBeGreaterThan(300);
    },
    PATIENCE_MS,
  );

  it(
    'are each seen when they are broken',
    () => {
      for (const [path, text] of Object.values(PLANTED).flat()) appendFileSync(join(copy, path), `\n${text}\n`);
      const seen = new Set(cruise().violations.map(({ rule }) => rule.name));
      expect([...seen].sort()).toEqual(Object.keys(PLANTED).sort());
      const rules = readFileSync(join(ROOT, '.dependency-cruiser.js'), 'utf8').match(/rule\(\s*'[\w-]+'/g) ?? [];
      expect(Object.keys(PLANTED)).toHaveLength(rules.length);
    },
    PATIENCE_MS,
  );
});

describe('source files', () => {
  const files = ['apps', 'libs'].flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const lengths = files.map((file) => readFileSync(file, 'utf8').split('\n').length).sort((a, b) => a - b);

  it('have a median under 80 lines', () => {
    expect(lengths.length).toBeGreaterThan(200);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(80);
  });

  it('hold no unfinished marks', () => {
    const marked = files.filter((file) => /\b(?:TODO|FIXME|XXX)\b|not implemented|coming soon/i.test(readFileSync(file, 'utf8')));
    expect(marked).toEqual([]);
  });
});
