import { together, type Mutant } from './mutant';
import { policyOff } from './policies';
import { predicatesOff, type StripOptions } from './predicates-off';

interface Twin extends StripOptions {
  readonly table: string;
  /** Tables behind which its rows would still be hidden. */
  readonly alsoOff?: readonly string[];
  readonly twin: string;
}

/** Vectors are only looked at whose document is there: every document is. */
const vectorOfAnyDocument = (sql: string): string =>
  sql.replace(/AND EXISTS \(SELECT 1 FROM documents d WHERE d\.tenant_id = \$1 AND d\.id = e\.document_id AND d\.is_latest\)/, '');

/** Both ways to find words, in the statement and before it, and what reads the texts of what was found. */
const SEARCH = /lexical_leg AS|string_agg\(int8send|AS wanted\(id\)/;

/** Only statements that answer a reader are changed: a fuzz that cannot take documents in would fail for the wrong reason. */
const TWINS: readonly Twin[] = [
  { table: 'documents', twin: 'our own predicates', only: /^SELECT d\.id, d\.filename/ },
  {
    ...{ table: 'chunks', alsoOff: ['documents'], only: /^SELECT (1 FROM documents d|c\.public_id|d\.id, d\.filename)/ },
    twin: 'our own predicates, and the policy of documents, which are looked for first',
  },
  {
    ...{ table: 'embeddings', alsoOff: ['chunks', 'documents'], only: SEARCH, rewrite: vectorOfAnyDocument },
    twin: 'our own predicates and the join with documents, and the policies of chunks and documents, without which nothing has a text',
  },
  {
    ...{ table: 'postings', alsoOff: ['chunks', 'documents'], only: SEARCH },
    twin: 'our own predicates, and the policies of chunks and documents that hits are joined with',
  },
  { table: 'queries', twin: 'our own predicates', only: /FROM queries q LEFT JOIN api_keys/ },
  { table: 'usage_records', twin: 'our own predicates', only: /^\s*SELECT[^;]*FROM usage_records/ },
];

/** Guards of the database that have a second one in our code: both off, and the fuzz itself must see it. */
export const twinMutants: readonly Mutant[] = TWINS.map(({ table, twin, alsoOff = [], ...strip }) => ({
  name: `${table} of another tenant come back from the API`,
  guard: `policy of ${table}: true; its twin off too: ${twin}`,
  killers: [`fuzz of ${table}`],
  apply: together(...[table, ...alsoOff].map(policyOff), () => Promise.resolve(predicatesOff(strip).undo)),
}));
