import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const LIMIT_MS = 60_000;

/** Waits for `/health/ready` to answer 200: what is printed then is true for clients too. */
export async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/health/ready`);
    await response.body?.cancel();
    if (response.status === 200) return;
    await sleep(POLL_MS);
  }
  throw new Error('the server did not become ready in a minute');
}
