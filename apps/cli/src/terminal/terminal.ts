export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

const WIDEST = 100;
const NARROWEST = 40;

/** Where a command writes: results to the one stream, everything else to the other. Colours and progress on a terminal only. */
export class Terminal {
  private progressShown = false;

  constructor(
    private readonly out: Stream,
    private readonly err: Stream,
    private readonly noColor: boolean,
  ) {}

  get columns(): number {
    return Math.max(NARROWEST, Math.min(WIDEST, this.out.columns ?? WIDEST));
  }

  print(line = ''): void {
    this.write(`${line}\n`);
  }

  /** One JSON value on a line of its own. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Without a line break. */
  write(text: string): void {
    this.clearProgress();
    this.out.write(text);
  }

  note(line: string): void {
    this.clearProgress();
    this.err.write(`${line}\n`);
  }

  /** A line that the next one replaces; nothing where nobody watches. */
  progress(line: string): void {
    if (this.err.isTTY !== true) return;
    this.clearProgress();
    this.err.write(line);
    this.progressShown = true;
  }

  style(style: Style, text: string): string {
    const [on, off] = CODES[style];
    return this.out.isTTY === true && !this.noColor ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  private clearProgress(): void {
    if (!this.progressShown) return;
    this.err.write('\r\u001b[K');
    this.progressShown = false;
  }
}
