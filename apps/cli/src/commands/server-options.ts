import type { Command } from 'commander';
import { CommandFailed, EXIT } from '../exit-codes';
import { AegisClient } from '../http/aegis-client';
import type { CommandContext } from './command-context';

export interface ServerOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: true;
}

/** Options of every command that talks to a running server: the embedded data folder belongs to that one process. */
export function withServerOptions(command: Command, whose: 'tenant' | 'admin'): Command {
  return command
    .option('--url <url>', 'address of the server (default: http://127.0.0.1:8000, or the PORT that is set)')
    .option(
      '--key <key>',
      whose === 'tenant' ? 'API key (default: AEGIS_API_KEY)' : 'admin key (default: AEGIS_ADMIN_KEY, or the one in the data folder)',
    )
    .option('--json', 'one JSON value per line instead of text');
}

export function tenantClient(options: ServerOptions, { config, signal }: CommandContext): AegisClient {
  const { url, apiKey } = config.connection();
  const key = options.key ?? apiKey;
  if (key === undefined) throw new CommandFailed('An API key is needed: give --key, or set AEGIS_API_KEY.', EXIT.usage);
  return new AegisClient(addressOf(options.url ?? url), key, signal);
}

export function adminClient(options: ServerOptions, { config, signal }: CommandContext): AegisClient {
  const { url, adminKey } = config.connection();
  const key = options.key ?? adminKey;
  if (key === undefined) {
    throw new CommandFailed(
      'The admin key is needed: give --key, set AEGIS_ADMIN_KEY, or set AEGIS_DATA_DIR to where admin.key is.',
      EXIT.usage,
    );
  }
  return new AegisClient(addressOf(options.url ?? url), key, signal);
}

function addressOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CommandFailed(`--url must be an address like http://127.0.0.1:8000, not ${text}`, EXIT.usage);
  }
  return text.replace(/\/+$/, '');
}
