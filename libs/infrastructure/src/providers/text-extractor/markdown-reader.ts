import type { Block, TextBlock } from '@aegis/domain/shared/block';
import { load } from 'cheerio';
import type { List, PhrasingContent, RootContent, Table } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { decodeText } from './decode-text';
import type { DocumentReader } from './document-reader';
import { blocksOfPage } from './html-blocks';

const FRONT_MATTER = /^---\r?\n(?<fields>[\s\S]*?)\r?\n---(?:\r?\n|$)/;

/** Markdown with tables. Raw HTML is read as HTML, so nothing of it is markup in a chunk. */
export const readMarkdown: DocumentReader = ({ bytes }) =>
  Promise.resolve({ blocks: markdownBlocks(decodeText(bytes).text), pageCount: null, warnings: [] });

export function markdownBlocks(text: string): Block[] {
  const front = FRONT_MATTER.exec(text);
  const tree = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .parse(text.slice(front?.[0].length ?? 0));
  const fields = front?.groups?.['fields'] ?? '';
  return [...textBlock('code', fields), ...tree.children.flatMap(blocksOf)];
}

const textBlock = (kind: TextBlock['kind'], text: string): TextBlock[] =>
  text.trim() === '' ? [] : [{ kind, text: text.trim(), page: null }];

function blocksOf(node: RootContent): Block[] {
  if (node.type === 'heading') {
    const text = inlineText(node.children).replaceAll('\n', ' ').trim();
    return text === '' ? [] : [{ kind: 'heading', level: node.depth, text, page: null }];
  }
  if (node.type === 'paragraph') return textBlock('paragraph', inlineText(node.children));
  if (node.type === 'list') return textBlock('list', listLines(node, '').join('\n'));
  if (node.type === 'code') return node.value.trim() === '' ? [] : [{ kind: 'code', text: node.value, page: null }];
  if (node.type === 'table') return [tableOf(node)];
  if (node.type === 'html') return blocksOfPage(load(node.value));
  if (node.type === 'blockquote' || node.type === 'footnoteDefinition') return node.children.flatMap(blocksOf);
  return []; // Rules and link targets show nothing.
}

function tableOf({ children: [head, ...body] }: Table): Block {
  const cells = (row: typeof head): string[] => (row?.children ?? []).map((cell) => inlineText(cell.children).trim());
  return { kind: 'table', caption: null, header: cells(head), rows: body.map(cells), page: null };
}

function listLines(list: List, indent: string): string[] {
  return list.children.flatMap((item, index) => {
    const mark = list.ordered === true ? `${(list.start ?? 1) + index}.` : '-';
    const checked = typeof item.checked === 'boolean' ? (item.checked ? '[x] ' : '[ ] ') : '';
    const lines = item.children.flatMap((child) => (child.type === 'list' ? listLines(child, '  ') : blocksOf(child).flatMap(linesOf)));
    const [first = '', ...others] = lines;
    return [`${indent}${mark} ${checked}${first}`, ...others.map((line) => `${indent}${line}`)];
  });
}

const linesOf = (block: Block): string[] =>
  block.kind === 'table' ? [block.header, ...block.rows].map((row) => `  ${row.join(' | ')}`) : block.text.split('\n');

function inlineText(nodes: readonly PhrasingContent[]): string {
  return nodes.map(inlineOf).join('');
}

function inlineOf(node: PhrasingContent): string {
  if (node.type === 'text') return node.value.replaceAll(/\r?\n/g, ' ');
  if (node.type === 'inlineCode') return node.value;
  if (node.type === 'break') return '\n';
  if (node.type === 'html') return /^<br\b/i.test(node.value) ? '\n' : '';
  if (node.type === 'image' || node.type === 'imageReference') return node.alt ?? '';
  return 'children' in node ? inlineText(node.children) : '';
}
