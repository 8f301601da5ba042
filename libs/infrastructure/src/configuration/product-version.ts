import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As `package.json` in the product's folder says. */
export function productVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}
