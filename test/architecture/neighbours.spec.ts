import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

describe('test files of one worker', () => {
  it('share packages, and nothing that one of them does', () => {
    const config = join(__dirname, 'neighbours', 'jest.config.js');
    const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const { stderr, status } = spawnSync(process.execPath, [jest, '-c', config, '--runInBand'], { cwd: ROOT, encoding: 'utf8' });
    expect(stderr).toContain('Tests:       8 passed, 8 total');
    expect(status).toBe(0);
  });
});
