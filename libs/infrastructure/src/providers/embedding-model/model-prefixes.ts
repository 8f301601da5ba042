export interface Prefixes {
  readonly query: string;
  readonly passage: string;
}

const NONE: Prefixes = { query: '', passage: '' };

/** From the model cards. A model asked without its prefix answers too, only worse, so nobody would notice. First match wins. */
const FAMILIES: readonly (readonly [name: RegExp, prefixes: Prefixes])[] = [
  [/nomic-embed-text/, { query: 'search_query: ', passage: 'search_document: ' }],
  [/(?:^|[/-])e5-(?:small|base|large)(?!.*instruct)/, { query: 'query: ', passage: 'passage: ' }],
  [/arctic-embed2|arctic-embed.*-v2/, { query: 'query: ', passage: '' }],
  [
    /mxbai-embed|arctic-embed|bge-(?:small|base|large)-en/,
    { query: 'Represent this sentence for searching relevant passages: ', passage: '' },
  ],
  [
    /qwen3-embedding/,
    { query: 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:', passage: '' },
  ],
  [/embeddinggemma/, { query: 'task: search result | query: ', passage: 'title: none | text: ' }],
];

/** What a model of this name wants in front of a query and a passage; nothing for names that we do not know. */
export function prefixesOf(modelName: string): Prefixes {
  const name = modelName.toLowerCase();
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? NONE;
}
