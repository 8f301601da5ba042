import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = 'docs/benchmarks.md';
const BEGIN = '<!-- npm run bench -- peers --update writes from here … -->';
const END = '<!-- … to here -->';

/** Puts a report in the place of the last one. */
export function updateBenchmarksPage(report: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has lost the place of its tables`);
  writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${report}\n\n${page.slice(to)}`);
}
