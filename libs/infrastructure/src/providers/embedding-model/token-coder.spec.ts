import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axesOf, type TokenLayout } from '@aegis/domain/retrieval/token-projection';
import { readTokenCoding, writeTokenCoding } from './token-coder';

describe('the file of a token projection', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-token-coder-'));
  const file = join(folder, 'token-projection.bin');
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (layout: TokenLayout): Uint8Array => {
    const width = 4;
    const axes = Float32Array.from({ length: axesOf(layout) * width }, (_, at) => at / 8);
    const projection = { form: 2, width, layout, mean: new Float32Array(width).fill(0.5), axes, steps: [0.5, 0.25, 0.125] as const };
    return writeTokenCoding({ projection, weights: Uint8Array.of(0, 16, 32) });
  };

  it('is read as it was written', () => {
    const bytes = written({ fours: 1, twos: 2, ones: 1 });
    writeFileSync(file, bytes);
    const coding = readTokenCoding(file);
    expect(coding && writeTokenCoding(coding)).toEqual(bytes);
  });

  it('is missing where there is none, and refused where it is cut off or is another file', () => {
    expect(readTokenCoding(join(folder, 'nothing'))).toBeUndefined();
    const whole = written({ fours: 1, twos: 0, ones: 0 });
    const renamed = Buffer.from(whole);
    renamed.write('ZIP!', 'latin1');
    for (const bytes of [whole.subarray(0, -1), renamed]) {
      writeFileSync(file, bytes);
      expect(() => readTokenCoding(file)).toThrow('is no token projection');
    }
  });
});
