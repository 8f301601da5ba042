import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../system/error-code';
import type { Environment } from './environment';

const SHORTEST = 16;
/** In bytes. Whoever guesses one has every tenant, and in production anybody on the network may try. */
const SHORTEST_IN_PRODUCTION = 32;

export interface OwnSecret {
  readonly value: string;
  /** Made up by this very call. */
  readonly isNew: boolean;
}

/**
 * A secret from the environment, or the embedded profile's own: made once and kept beside its data, readable by its user only. What comes
 * back makes it: call that when the whole environment was found right, because a secret is shown in the start that makes it and never again.
 */
export function ownSecret(
  env: Environment,
  name: 'AEGIS_SECRET_KEY' | 'AEGIS_ADMIN_KEY',
  { folder, mayCreate }: { readonly folder: string; readonly mayCreate: boolean },
): () => OwnSecret {
  const given = env.text(name);
  if (given === undefined && !mayCreate) env.problem(`${name} is required in the production profile`);
  if (given !== undefined && given.length < SHORTEST) env.problem(`${name} must have at least ${SHORTEST} characters`);
  else if (given !== undefined && !mayCreate && Buffer.byteLength(given) < SHORTEST_IN_PRODUCTION)
    env.problem(
      `${name} must have at least ${SHORTEST_IN_PRODUCTION} bytes in the production profile: "openssl rand -hex 32" makes a good one`,
    );
  if (given !== undefined) return () => ({ value: given, isNew: false });
  return () => keptSecret(folder, name === 'AEGIS_SECRET_KEY' ? 'secret.key' : 'admin.key');
}

function keptSecret(folder: string, file: string): OwnSecret {
  const path = join(folder, file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const value = randomBytes(32).toString('base64url');
    writeFileSync(path, `${value}\n`, { flag: 'wx', mode: 0o600 });
    return { value, isNew: true };
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return { value: readFileSync(path, 'utf8').trim(), isNew: false };
  }
}
