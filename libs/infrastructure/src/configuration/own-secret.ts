import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment';

const SHORTEST = 16;

/** A secret from the environment, or the embedded profile's own: made once and kept beside its data, readable by its user only. */
export function ownSecret(
  env: Environment,
  name: 'AEGIS_SECRET_KEY' | 'AEGIS_ADMIN_KEY',
  { folder, mayCreate }: { readonly folder: string; readonly mayCreate: boolean },
): { readonly value: string; readonly isNew: boolean } {
  const given = env.text(name);
  if (given !== undefined) {
    if (given.length < SHORTEST) env.problem(`${name} must have at least ${SHORTEST} characters`);
    return { value: given, isNew: false };
  }
  if (!mayCreate) {
    env.problem(`${name} is required in the production profile`);
    return { value: '', isNew: false };
  }
  const path = join(folder, name === 'AEGIS_SECRET_KEY' ? 'secret.key' : 'admin.key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const value = randomBytes(32).toString('base64url');
    writeFileSync(path, `${value}\n`, { flag: 'wx', mode: 0o600 });
    return { value, isNew: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return { value: readFileSync(path, 'utf8').trim(), isNew: false };
  }
}
