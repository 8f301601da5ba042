const { execFileSync } = require('node:child_process');
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/**
 * Compiles apps, libs and migrations to dist-fast (about a second): what a test starts in a thread or a process of its own comes from there.
 * Makes the folder of embedded-template.ts, which test files of one run share; after-all.js removes it.
 */
module.exports = function beforeAll() {
  const root = join(__dirname, '..', '..');
  const swc = join(root, 'node_modules', '.bin', 'swc');
  execFileSync(swc, ['apps', 'libs', 'migrations', '-d', 'dist-fast', '--config-file', '.swcrc', '-C', `jsc.baseUrl=${root}`, '--quiet'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.env.AEGIS_TEST_TEMPLATES = mkdtempSync(join(tmpdir(), 'aegis-templates-'));
};
