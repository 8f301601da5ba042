import { withDeadline } from '@aegis/application/shared/with-deadline';
/** What an identity provider publishes may take so long and be so large. */
const FETCH_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Keys that come over an open line are anybody's keys. */
export function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** A small JSON object from a safe address, within its limits and without being sent elsewhere. Throws for everything else. */
export async function fetchJson(address: string): Promise<Readonly<Record<string, unknown>>> {
  if (!isSafeAddress(address)) throw new Error('the address is neither https nor on this machine');
  const text = await withDeadline(FETCH_MS, async (signal) => {
    const response = await fetch(address, { redirect: 'error', signal, headers: { accept: 'application/json' } });
    return response.ok ? boundedText(response) : refused(response);
  });
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('the answer is no JSON object');
  return value as Readonly<Record<string, unknown>>;
}

async function refused(response: Response): Promise<never> {
  await response.body?.cancel();
  throw new Error(`the answer has status ${response.status}`);
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    received += chunk.byteLength;
    if (received > MAX_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
