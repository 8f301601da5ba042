/** One bin: what was promised on average, how much of it was true, and its share of all. */
export interface CalibrationLine {
  readonly promised: number;
  readonly true: number;
  readonly weight: number;
}

const SIZE = 360;
const MARGIN = 48;
const COLOURS = { heldOut: '#c2410c', final: '#1d4ed8' } as const;
const NAMES = { heldOut: 'held out', final: 'final' } as const;

const x = (value: number): string => (MARGIN + value * SIZE).toFixed(1);
const y = (value: number): string => (MARGIN + (1 - value) * SIZE).toFixed(1);

function gridLines(): string[] {
  return [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((at) => [
    `<line x1="${x(at)}" y1="${y(0)}" x2="${x(at)}" y2="${y(1)}" stroke="#e5e7eb"/>`,
    `<line x1="${x(0)}" y1="${y(at)}" x2="${x(1)}" y2="${y(at)}" stroke="#e5e7eb"/>`,
    `<text x="${x(at)}" y="${(MARGIN + SIZE + 18).toFixed(0)}" text-anchor="middle">${at}</text>`,
    `<text x="${MARGIN - 8}" y="${(Number(y(at)) + 4).toFixed(1)}" text-anchor="end">${at}</text>`,
  ]);
}

function curve(lines: readonly CalibrationLine[], name: keyof typeof COLOURS): string[] {
  const colour = COLOURS[name];
  const points = lines.map((line) => `${x(line.promised)},${y(line.true)}`).join(' ');
  return [
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...lines.map((line) => `<circle cx="${x(line.promised)}" cy="${y(line.true)}" r="4" fill="${colour}"/>`),
  ];
}

/** What was promised against what was true, as an SVG picture on white: on the diagonal every promise is kept. */
export function reliabilityDiagram(curves: Readonly<Record<keyof typeof COLOURS, readonly CalibrationLine[]>>): string {
  const width = SIZE + 2 * MARGIN;
  const names = (['heldOut', 'final'] as const).map((name, at) => {
    const top = MARGIN + 18 + at * 18;
    return `<text x="${MARGIN + 14}" y="${top}" fill="${COLOURS[name]}">● ${NAMES[name]}</text>`;
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${width}" width="${width}" height="${width}" font-family="sans-serif" font-size="12" role="img">`,
    '<title>Confidence that was promised against how often it was true · 신뢰도와 실제로 맞은 비율</title>',
    `<rect width="${width}" height="${width}" fill="#ffffff"/>`,
    ...gridLines(),
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#9ca3af" stroke-dasharray="4 4"/>`,
    ...curve(curves.heldOut, 'heldOut'),
    ...curve(curves.final, 'final'),
    ...names,
    `<text x="${MARGIN + SIZE / 2}" y="${width - 8}" text-anchor="middle">promised (confidence) · 신뢰도</text>`,
    `<text x="14" y="${MARGIN + SIZE / 2}" text-anchor="middle" transform="rotate(-90 14 ${MARGIN + SIZE / 2})">true · 실제</text>`,
    '</svg>',
  ].join('\n')}\n`;
}
