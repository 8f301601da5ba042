import { constants, createDeflate, deflateSync } from 'node:zlib';

export interface PrintedLine {
  readonly text: string;
  readonly x: number;
  /** From the bottom of the page, as PDF counts. */
  readonly y: number;
  readonly size: number;
}

interface PdfOptions {
  /** What a space becomes in the text that is copied out: some Korean fonts say U+0001. */
  readonly spaceAs?: string;
  /** Entries of the trailer, e.g. `/Encrypt ...`. */
  readonly trailer?: string;
}

/** A real PDF of the given pages: one font whose codes are the characters' own, so that Korean and English print alike. */
export function pdfFile(pages: readonly (readonly PrintedLine[])[], { spaceAs = ' ', trailer = '' }: PdfOptions = {}): Buffer {
  const texts = pages.flat().map(({ text }) => text);
  const contents = pages.map((lines) =>
    lines.map(({ text, x, y, size }) => `BT /F1 ${size} Tf ${x} ${y} Td <${hex(text)}> Tj ET`).join('\n'),
  );
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${7 + index * 2} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type0 /BaseFont /Body /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>',
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Body /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [32 126 500] /FontDescriptor 6 0 R >>',
    stream(Buffer.from(toUnicode(texts.join(''), spaceAs))),
    '<< /Type /FontDescriptor /FontName /Body /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${8 + index * 2} 0 R >>`,
      stream(Buffer.from(content)),
    ]),
  ];
  return assemble(objects, trailer);
}

/** A small file whose only page inflates to `bytes` spaces. */
export async function pdfBomb(bytes: number): Promise<Buffer> {
  const deflate = createDeflate({ level: constants.Z_BEST_SPEED });
  const spaces = Buffer.alloc(1 << 20, ' ');
  const chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => deflate.on('end', resolve));
  for (let written = 0; written < bytes; written += spaces.length) {
    if (!deflate.write(spaces)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end();
  await ended;
  // Zlib's runs of equal codes compress once more, to a few kilobytes.
  const twice = deflateSync(Buffer.concat(chunks));
  return assemble(
    [
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R >>',
      stream(twice, '/Filter [/FlateDecode /FlateDecode]'),
    ],
    '',
  );
}

const hex = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('hex');

function stream(content: Buffer, entries = ''): Buffer {
  return Buffer.concat([Buffer.from(`<< /Length ${content.length} ${entries} >>\nstream\n`), content, Buffer.from('\nendstream')]);
}

function toUnicode(text: string, spaceAs: string): string {
  const characters = [...new Set(text.split(''))];
  const lines = characters.map((character) => `<${hex(character)}> <${hex(character === ' ' ? spaceAs : character)}>`);
  const groups = Array.from({ length: Math.ceil(lines.length / 100) }, (_, index) => lines.slice(index * 100, (index + 1) * 100));
  const body = groups.map((group) => `${group.length} beginbfchar\n${group.join('\n')}\nendbfchar`).join('\n');
  return `/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n${body}\nendcmap\nend\nend`;
}

function assemble(objects: readonly (string | Buffer)[], trailer: string): Buffer {
  const parts = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let at = parts[0]?.length ?? 0;
  objects.forEach((content, index) => {
    const object = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      typeof content === 'string' ? Buffer.from(content) : content,
      Buffer.from('\nendobj\n'),
    ]);
    offsets.push(at);
    at += object.length;
    parts.push(object);
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${at}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(end)]);
}
