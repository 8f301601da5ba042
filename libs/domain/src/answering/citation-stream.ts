import { checkedMarkers } from './citation';

/** What may stand behind a bracket that still becomes a marker. */
const OPEN_MARKER = /^[\s\d,;]{0,24}$/;

/** Where an open bracket, with the blanks before it, may still become a marker; blanks at the end may belong to one that comes. */
function startOfHeld(text: string): number {
  const bracket = Math.max(text.lastIndexOf('['), text.lastIndexOf('【'));
  const isOpen = bracket >= 0 && OPEN_MARKER.test(text.slice(bracket + 1));
  return (isOpen ? text.slice(0, bracket) : text).trimEnd().length;
}

/**
 * The text of a growing answer with checked citations, piece by piece: what may still turn into a marker is held back, so that the pieces
 * joined are exactly what `readCitations` makes of the whole.
 */
export class CitationStream {
  private held = '';
  private holdsBlanks = true;

  constructor(private readonly sourceCount: number) {}

  push(piece: string): string {
    const text = this.held + piece;
    // Blanks upon blanks: to look at all of them with every piece would cost the square of their number.
    if (this.holdsBlanks && piece.trim() === '') {
      this.held = text;
      return '';
    }
    const cut = startOfHeld(text);
    this.held = text.slice(cut);
    this.holdsBlanks = this.held.trim() === '';
    return checkedMarkers(text.slice(0, cut), this.sourceCount);
  }

  /** What was held back to the end; blanks that nothing followed are dropped. */
  end(): string {
    const rest = this.held.trimEnd();
    this.held = '';
    this.holdsBlanks = true;
    return checkedMarkers(rest, this.sourceCount);
  }
}
