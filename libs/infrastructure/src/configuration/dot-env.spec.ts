import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { productRoot } from './product-root';
import { completeFromDotEnv, loadSettings } from './dot-env';

describe('.env', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-dot-env-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('adds what the environment leaves open, and overrides nothing, not even what is empty', () => {
    writeFileSync(join(folder, '.env'), '# 설정\nPORT=9001\nHOST="0.0.0.0"\nLLM_MODEL=\'한글 모델\'\nLOG_LEVEL=debug\n');
    const env: NodeJS.ProcessEnv = { PORT: '9002', LOG_LEVEL: '' };
    completeFromDotEnv(env, folder);
    expect(env).toEqual({ PORT: '9002', HOST: '0.0.0.0', LLM_MODEL: '한글 모델', LOG_LEVEL: '' });
  });

  it('need not be there', () => {
    const env: NodeJS.ProcessEnv = { PORT: '9002' };
    completeFromDotEnv(env, folder);
    expect(env).toEqual({ PORT: '9002' });
  });

  it('counts as the environment in the settings', () => {
    writeFileSync(join(folder, '.env'), `PORT=9001\nAEGIS_DATA_DIR=${join(folder, 'data')}\n`);
    const settings = loadSettings({}, folder, productRoot(__dirname));
    expect([settings.port, settings.dataFolder]).toEqual([9001, join(folder, 'data')]);
  });
});
