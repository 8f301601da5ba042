import type { AegisClient } from '../http/aegis-client';

interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

/** Every entry of a list, page by page. */
export async function* allPages<Item>(client: AegisClient, path: string): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null = null;
  do {
    const query: string = `limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: Page<Item> = await client.get<Page<Item>>(`${path}?${query}`);
    yield* page.data;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
