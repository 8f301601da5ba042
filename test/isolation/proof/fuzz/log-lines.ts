import { idsIn } from './masks';
import type { Twin } from './twin';

/** Lines with text of a tenant, and lines about one tenant that name a thing of another. */
export function misattributions(log: string, twins: readonly Twin[]): readonly string[] {
  const owners = new Map(twins.flatMap((twin) => [...twin.secrets].map((secret) => [secret, twin.tenantId] as const)));
  const texts = twins.map(({ canary }) => canary).filter((canary) => log.includes(canary));
  const lines = log.split('\n').filter((line) => {
    const tenant = /"tenantId":"([^"]+)"/.exec(line)?.[1];
    return tenant !== undefined && idsIn(line).some((id) => (owners.get(id) ?? tenant) !== tenant);
  });
  return [...texts.map((canary) => `the canary ${canary}`), ...lines];
}
