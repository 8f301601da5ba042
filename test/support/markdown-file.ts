import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FENCED = /^(`{3,})[^\n]*\n[\s\S]*?^\1[ \t]*$/gm;
const INLINE_CODE = /`([^`\n]+)`/g;
const LINK = /\]\(([^)\s]+)\)/g;
const HEADING = /^#{1,6} (.+)$/gm;

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].flatMap(([, found]) => found ?? []);

/** A document of the repository, taken apart as far as it can be wrong. */
export class MarkdownFile {
  readonly text: string;
  /** Without fenced blocks, where links and headings are examples. */
  private readonly prose: string;

  constructor(
    root: string,
    /** From the root of the repository. */
    readonly path: string,
  ) {
    this.text = readFileSync(join(root, path), 'utf8');
    this.prose = this.text.replace(FENCED, '');
  }

  /** Targets of links inside the repository, as they are written. */
  get links(): string[] {
    return matches(this.prose.replace(INLINE_CODE, ''), LINK).filter((target) => !/^[a-z]+:/i.test(target));
  }

  get inlineCode(): string[] {
    return matches(this.prose, INLINE_CODE);
  }

  get headings(): string[] {
    return matches(this.prose, HEADING);
  }

  /** What `#…` may name in it, as hosts of git repositories make it from headings. */
  get anchors(): string[] {
    return this.headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }

  get diagrams(): number {
    return matches(this.text, /^```(mermaid)$/gm).length;
  }

  /** Rows of a table whose first cell is one piece of inline code. */
  get codeRows(): { readonly code: string; readonly cells: readonly string[] }[] {
    return this.prose.split('\n').flatMap((line) => {
      const [first = '', ...cells] = line.split('|').slice(1, -1);
      const code = /^`([^`]+)`$/.exec(first.trim())?.[1];
      return code === undefined ? [] : [{ code, cells: cells.map((cell) => cell.trim()) }];
    });
  }
}
