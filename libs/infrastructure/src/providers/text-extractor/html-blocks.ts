import type { Block, TextBlock } from '@aegis/domain/shared/block';
import type { Cheerio, CheerioAPI } from 'cheerio';
import { type AnyNode, type Element, isTag, isText } from 'domhandler';
import { removeHidden } from './html-hidden';
import { tableBlock } from './html-table';

const INLINE = new Set(
  'a abbr acronym b bdi bdo big button cite code data del dfn em font i img ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
);
const HEADING = /^h([1-6])$/;

/** The blocks of a page; its title is the first heading where no `h1` is. Changes the tree: what is hidden goes. */
export function blocksOfPage($: CheerioAPI): Block[] {
  const title = collapse($('head > title').first().text());
  removeHidden($);
  const blocks = new HtmlWalker($).walk($('body').first());
  const hasTitle = blocks.some((block) => block.kind === 'heading' && block.level === 1);
  return title === '' || hasTitle || blocks.length === 0 ? blocks : [{ kind: 'heading', level: 1, text: title, page: null }, ...blocks];
}

/** White space as a browser shows it; `br` has become a line feed before. */
const collapse = (text: string): string =>
  text
    .replaceAll(/[^\S\n\u00a0]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .trim();

class HtmlWalker {
  private readonly blocks: Block[] = [];
  private inline = '';

  constructor(private readonly $: CheerioAPI) {}

  walk(root: Cheerio<Element>): Block[] {
    this.children(root.contents().toArray());
    this.flush();
    return this.blocks;
  }

  private children(nodes: readonly AnyNode[]): void {
    for (const node of nodes) {
      if (isText(node)) this.inline += node.data.replaceAll(/\s+/g, ' ');
      else if (isTag(node)) this.element(node);
    }
  }

  private element(node: Element): void {
    const [name, element] = [node.tagName, this.$(node)];
    if (name === 'br') this.inline += '\n';
    else if (name === 'img') this.inline += ` ${element.attr('alt') ?? ''} `;
    else if (INLINE.has(name)) this.children(node.children);
    else {
      this.flush();
      this.block(name, element);
      this.flush();
    }
  }

  private block(name: string, element: Cheerio<Element>): void {
    const level = HEADING.exec(name)?.[1];
    if (level !== undefined) this.add('heading', this.textOf(element), Number(level));
    else if (name === 'ul' || name === 'ol' || name === 'menu') this.list(element);
    else if (name === 'dl') this.add('list', this.definitions(element));
    else if (name === 'pre') this.add('code', element.text().replace(/^\n/, '').trimEnd());
    else if (name === 'table') this.table(element);
    else this.children(element.contents().toArray());
  }

  private table(element: Cheerio<Element>): void {
    const table = tableBlock(this.$, element, (cell) => this.textOf(cell));
    if (table !== null) this.blocks.push(table);
    else {
      for (const part of element.find('caption, td, th').not(element.find('table').find('*')).toArray()) {
        this.children(part.children);
        this.flush();
      }
    }
  }

  /** A list whose items hold tables, headings or code is a sequence of blocks; any other is one. */
  private list(element: Cheerio<Element>): void {
    if (element.find('table, pre, h1, h2, h3, h4, h5, h6').length === 0) this.add('list', this.items(element, '').join('\n'));
    else for (const item of element.children().toArray()) this.element(item);
  }

  private items(list: Cheerio<Element>, indent: string): string[] {
    const [isOrdered, start] = [list.is('ol'), Number.parseInt(list.attr('start') ?? '1', 10) || 1];
    return list
      .children('li')
      .toArray()
      .flatMap((item, index) => {
        const own = this.$(item).clone();
        own.find('ul, ol, menu').remove();
        const mark = isOrdered ? `${start + index}.` : '-';
        const text = this.textOf(own).replaceAll('\n', ' ');
        const nested = this.$(item)
          .find('ul, ol, menu')
          .filter((_, inner) => this.$(inner).parentsUntil(item).filter('ul, ol, menu').length === 0);
        return [
          ...(text === '' ? [] : [`${indent}${mark} ${text}`]),
          ...nested.toArray().flatMap((inner) => this.items(this.$(inner), `${indent}  `)),
        ];
      });
  }

  private definitions(list: Cheerio<Element>): string {
    const lines: string[] = [];
    for (const part of list.find('dt, dd').toArray()) {
      const text = this.textOf(this.$(part)).replaceAll('\n', ' ');
      if (part.tagName === 'dt' || lines.length === 0) lines.push(text);
      else lines[lines.length - 1] = `${lines.at(-1) ?? ''}${lines.at(-1)?.includes(': ') === true ? '; ' : ': '}${text}`;
    }
    return lines.filter((line) => line !== '').join('\n');
  }

  /** All text below; parts that stand as blocks of their own are kept apart. */
  private textOf(element: Cheerio<Element>): string {
    const inner = new HtmlWalker(this.$);
    const parts = element.toArray().flatMap((node) => inner.walk(this.$(node)));
    return collapse(
      parts.map((block) => (block.kind === 'table' ? [block.header, ...block.rows].flat().join(' ') : block.text)).join('\n'),
    );
  }

  private flush(): void {
    this.add('paragraph', collapse(this.inline));
    this.inline = '';
  }

  private add(kind: TextBlock['kind'] | 'heading', text: string, level = 1): void {
    if (text.trim() === '') return;
    this.blocks.push(kind === 'heading' ? { kind, level, text: text.replaceAll('\n', ' '), page: null } : { kind, text, page: null });
  }
}
