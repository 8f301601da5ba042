import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { COUNTERS, GAUGES, HISTOGRAMS } from '@aegis/infrastructure/telemetry/metric-table';
import { MarkdownFile } from '../support/markdown-file';

const ROOT = join(__dirname, '..', '..');
const CODE_FOLDERS = ['libs', 'apps', 'migrations', 'deploy', 'scripts', 'test', 'docs'];
const DECISION_PARTS = [/^Context$/, /^Decision$/, /rejected$/i, /\beasier\b/i, /\bharder\b/i, /^When it does not apply$/];

const below = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => posix.join(folder, path.replaceAll('\\', '/')));

const codePaths = CODE_FOLDERS.flatMap(below);
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...below('docs').filter((path) => path.endsWith('.md')),
].map((path) => new MarkdownFile(ROOT, path));
const documentAt = (path: string): MarkdownFile => documents.find((each) => each.path === path) ?? new MarkdownFile(ROOT, path);

/** `<x>` and `*` stand for a part of a name: then there must be an example of it. */
function existsInCode(path: string): boolean {
  if (!/[<*]/.test(path)) return existsSync(join(ROOT, path));
  const pattern = path
    .replace(/\/$/, '')
    .split(/<[^>]*>|\*/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const example = new RegExp(`^${pattern.join('[^/]+')}$`);
  return codePaths.some((each) => example.test(each));
}

function leadsSomewhere(from: MarkdownFile, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from.path : posix.normalize(posix.join(dirname(from.path), decodeURIComponent(file)));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || documentAt(target).anchors.includes(anchor);
}

describe('documents', () => {
  it('link to files and headings that exist', () => {
    const links = documents.flatMap((document) => document.links.map((link) => ({ document, link })));
    const broken = links.filter(({ document, link }) => !leadsSomewhere(document, link));
    expect(broken.map(({ document, link }) => `${document.path}: ${link}`)).toEqual([]);
    expect(links.length).toBeGreaterThan(30);
  });

  it('name paths of the code that exist', () => {
    const named = documents.flatMap((document) =>
      document.inlineCode
        .map((code) => code.split(/\s/, 1)[0] ?? '')
        .filter((path) => CODE_FOLDERS.some((folder) => path.startsWith(`${folder}/`)))
        .map((path) => ({ document, path })),
    );
    const missing = named.filter(({ path }) => !existsInCode(path));
    expect(missing.map(({ document, path }) => `${document.path}: ${path}`)).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });

  it('name commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const run = documents.flatMap(({ path, text }) => [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => ({ path, name })));
    expect(run.filter(({ name }) => !(name in scripts)).map(({ path, name }) => `${path}: npm run ${name}`)).toEqual([]);
    expect(run.length).toBeGreaterThan(10);
  });

  it('are where comments of the code say', () => {
    const sources = codePaths.filter((path) => /^(?:libs|apps|migrations|deploy|scripts)\/.*\.(?:ts|sql|sh)$/.test(path));
    const named = sources.flatMap((source) =>
      [...readFileSync(join(ROOT, source), 'utf8').matchAll(/\bdocs\/[\w/.-]*\w/g)].map(([path]) => ({ source, path })),
    );
    const missing = named.filter(({ path }) => !codePaths.some((each) => each.startsWith(path)));
    expect(missing.map(({ source, path }) => `${source}: ${path}`)).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });

  it('hold one diagram of the architecture', () => {
    expect(documentAt('docs/architecture.md').diagrams).toBe(1);
  });
});

describe('decisions', () => {
  const decisions = documents.filter(({ path }) => dirname(path) === 'docs/decisions');

  it.each(decisions.map((decision) => [basename(decision.path), decision] as const))(
    '%s tells all that a decision has to',
    (_, decision) => {
      const [title = '', ...sections] = decision.headings;
      expect(title).toMatch(new RegExp(`^${basename(decision.path).slice(0, 4)}: .`));
      expect(DECISION_PARTS.filter((part) => !sections.some((heading) => part.test(heading)))).toEqual([]);
    },
  );

  it('are numbered without a gap', () => {
    const numbers = decisions.map(({ path }) => Number(basename(path).slice(0, 4))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(9);
  });
});

describe('metrics', () => {
  const rows = documentAt('docs/operations.md').codeRows.filter(({ cells }) => /^(?:counter|gauge|histogram)/.test(cells[0] ?? ''));

  it('are all described for operators, with their labels', () => {
    const described = (kind: string, table: object) =>
      Object.entries(table as Record<string, { labels: readonly string[] }>).map(
        ([name, { labels }]) => `${name} ${[kind, labels.join(', ')].filter((part) => part !== '').join(': ')}`,
      );
    const known = [...described('counter', COUNTERS), ...described('histogram', HISTOGRAMS), ...described('gauge', GAUGES)];
    expect(rows.map(({ code, cells }) => `${code} ${cells[0] ?? ''}`).sort()).toEqual(known.sort());
  });

  it('are all recorded somewhere: one that stays 0 tells an operator something false', () => {
    const source = codePaths
      .filter((path) => /^(?:libs|apps)\/.*(?<!\.spec)\.ts$/.test(path))
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    const isRecorded = (name: string) => new RegExp(`\\.(?:count|observe|gauge)\\(\\s*'${name}'`).test(source);
    expect(rows.map(({ code }) => code).filter((name) => !isRecorded(name))).toEqual([]);
    expect(rows.length).toBeGreaterThan(5);
  });
});
