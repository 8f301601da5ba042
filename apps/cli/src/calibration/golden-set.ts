/** A question of a tenant's own, with where its answer stands; none of the documents: it has no answer there. */
export interface GoldenQuestion {
  readonly query: string;
  /** File names or document ids, one of which answers; empty where nothing does. */
  readonly expected: readonly string[];
}

export interface GoldenSet {
  readonly questions: readonly GoldenQuestion[];
  /** What is wrong with the file, a sentence for each line; nothing is asked then. */
  readonly problems: readonly string[];
}

const MOST_QUESTIONS = 10_000;
const MOST_CHARACTERS = 8_000;
const FIELDS = new Set(['query', 'expected', 'unanswerable']);

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

function readLine(line: string): GoldenQuestion | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'is no JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object';
  const unknown = Object.keys(value).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return `has an unknown field "${unknown}": there are query, expected and unanswerable`;
  const { query, expected, unanswerable } = value as Readonly<Record<string, unknown>>;
  if (!isText(query)) return 'needs a "query" with a question';
  if (Array.from(query.trim()).length > MOST_CHARACTERS) return `has a query of more than ${MOST_CHARACTERS} characters`;
  if (unanswerable === true) {
    return expected === undefined ? { query: query.trim(), expected: [] } : 'is unanswerable, and so can expect no document';
  }
  if (unanswerable !== undefined && unanswerable !== false) return '"unanswerable" must be true or false';
  if (!Array.isArray(expected) || expected.length === 0 || !expected.every(isText)) {
    return 'needs "expected", a list of file names or document ids, or "unanswerable": true';
  }
  return { query: query.trim(), expected: expected.map((name) => name.trim().normalize('NFC')) };
}

/** One JSON object in a line; empty lines do not count. */
export function readGoldenSet(text: string): GoldenSet {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const questions: GoldenQuestion[] = [];
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line);
    const before = typeof read === 'string' ? undefined : seen.get(read.query);
    if (typeof read === 'string') problems.push(`line ${at + 1} ${read}`);
    else if (before !== undefined) problems.push(`line ${at + 1} asks what line ${before} asks`);
    else {
      seen.set(read.query, at + 1);
      questions.push(read);
    }
  }
  if (questions.length > MOST_QUESTIONS)
    problems.push(`the file has ${questions.length} questions, and at most ${MOST_QUESTIONS} are taken`);
  if (questions.length + problems.length === 0) problems.push('the file has no question');
  return { questions, problems };
}
