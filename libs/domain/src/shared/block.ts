/** What a parser hands over, in reading order: chunking knows blocks, never formats. `page` is 1-based, null where a format has no pages. */
export type Block = HeadingBlock | TextBlock | TableBlock;

export interface HeadingBlock {
  readonly kind: 'heading';
  /** 1 (title) to 6. */
  readonly level: number;
  readonly text: string;
  readonly page: number | null;
}

export interface TextBlock {
  readonly kind: 'paragraph' | 'list' | 'code';
  readonly text: string;
  readonly page: number | null;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly caption: string | null;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly page: number | null;
}
