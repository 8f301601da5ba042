/** Names of the catalogue as it writes them: the random letters of a ticket may hold `Pg_` too. */
const OF_THE_DATABASE = /syntax error|\bpg_[a-z]{3}|SQLSTATE|QueryFailed/;

/**
 * Whether an answer speaks of the database in words of its own. Answers may repeat what a client said, also in an earlier request: a name
 * that was kept stands in every list afterwards. `texts`: all that was sent; names are kept without the spaces around them.
 */
export function speaksOfDatabase(body: string, texts: readonly string[]): boolean {
  if (!OF_THE_DATABASE.test(body)) return false;
  const said = texts.map((text) => text.trim()).filter((text) => OF_THE_DATABASE.test(text));
  // Longer ones first: one may be a part of another.
  const longestFirst = said.sort((one, other) => other.length - one.length);
  return OF_THE_DATABASE.test(longestFirst.reduce(withoutText, body));
}

const withoutText = (body: string, text: string): string =>
  body.replaceAll(JSON.stringify(text).slice(1, -1), '').replaceAll(text, '').replaceAll(encodeURIComponent(text), '');
