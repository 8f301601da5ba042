import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the product, where `models/` and `deploy/` are: the nearest one above `from` whose package is ours. */
export function productRoot(from: string): string {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest) && isOurs(manifest)) return from;
  if (dirname(from) === from) throw new Error('the folder of AEGIS was not found above its own code');
  return productRoot(dirname(from));
}

const isOurs = (manifest: string): boolean => (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'aegis';
