import { readCitations } from './citation';

/** An open bracket, with the blanks before it, that may still become a marker; blanks at the end may belong to one that comes. */
const MAY_BECOME_MARKER = /\s*(?:[[【][\s\d,;]{0,24})?$/;

/**
 * The text of a growing answer with checked citations, piece by piece: what may still turn into a marker is held back, so that the pieces
 * joined are exactly what `readCitations` makes of the whole.
 */
export class CitationStream {
  private held = '';

  constructor(private readonly sourceCount: number) {}

  push(piece: string): string {
    const text = this.held + piece;
    const cut = text.search(MAY_BECOME_MARKER);
    this.held = text.slice(cut);
    return readCitations(text.slice(0, cut), this.sourceCount).text;
  }

  /** What was held back to the end; blanks that nothing followed are dropped. */
  end(): string {
    const rest = this.held.trimEnd();
    this.held = '';
    return readCitations(rest, this.sourceCount).text;
  }
}
