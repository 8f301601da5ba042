import { join, relative, sep } from 'node:path';

/** The checkout: this file is libs/infrastructure/src/system/entry-point.ts in it. */
const SOURCE_ROOT = join(__dirname, '..', '..', '..', '..');

/**
 * The compiled file that a worker thread or child process starts with: beside the caller in a build; under Jest, where sources run
 * uncompiled, the same file in `dist-fast`. Give `__dirname` and the name without extension.
 */
export function entryPoint(directory: string, name: string): string {
  if (!__filename.endsWith('.ts')) return join(directory, `${name}.js`);
  return join(SOURCE_ROOT, 'dist-fast', relative(SOURCE_ROOT, directory).split(sep).join('/'), `${name}.js`);
}
