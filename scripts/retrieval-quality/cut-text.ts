/** Cuts text at paragraph, line or sentence ends into pieces of at most `size` characters: stands in for the product's chunker. */
export function cutText(text: string, size: number): { start: number; end: number }[] {
  const cuts: { start: number; end: number }[] = [];
  let start = 0;
  while (start < text.length) {
    const window = text.slice(start, start + size);
    const last = start + size >= text.length;
    const ends = ['\n\n', '\n', '. ', ' '].map((mark) => window.lastIndexOf(mark) + mark.length).filter((end) => end > size / 2);
    const end = start + (last ? window.length : (ends[0] ?? window.length));
    if (text.slice(start, end).trim() !== '') cuts.push({ start, end });
    start = end;
  }
  return cuts;
}
