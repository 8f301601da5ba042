import { prefixesOf } from './model-prefixes';

describe('prefixesOf', () => {
  it.each([
    ['nomic-embed-text:latest', 'search_query: ', 'search_document: '],
    ['intfloat/multilingual-e5-large', 'query: ', 'passage: '],
    ['snowflake-arctic-embed2', 'query: ', ''],
    ['snowflake-arctic-embed:l', 'Represent this sentence for searching relevant passages: ', ''],
    ['Qwen/Qwen3-Embedding-0.6B', 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:', ''],
    ['embeddinggemma', 'task: search result | query: ', 'title: none | text: '],
    ['bge-m3', '', ''],
    ['text-embedding-3-small', '', ''],
    ['multilingual-e5-large-instruct', '', ''],
  ])('knows what %s was trained with', (name, query, passage) => {
    expect(prefixesOf(name)).toEqual({ query, passage });
  });
});
