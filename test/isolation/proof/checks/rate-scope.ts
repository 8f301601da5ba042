import type { Check, Finding } from '../check';
import { ask } from './requests';
import { withTenants } from './throwaway-tenant';

const REQUESTS = 40;
const RPS = 2;

/** P5 of rate windows: who has used up its own leaves everybody else's as it was. */
export const rateScope: Check = {
  name: 'rate-scope',
  claim: 'A tenant that has used up its window of requests takes nothing of another’s.',
  cannotRun: () => null,
  run: (target) =>
    withTenants(target, async (tenants) => {
      const [flooding, quiet] = tenants;
      for (const { id } of tenants) {
        const path = `/v1/admin/tenants/${id}`;
        await ask(target, { method: 'PATCH', path, key: target.administrator, body: { settings: { rate_limit_rps: RPS } } });
      }
      const statuses: number[] = [];
      for (let count = 0; count < REQUESTS; count++) statuses.push((await flooding.get('/v1/usage')).status);
      const refused = statuses.filter((status) => status === 429).length;
      const { status } = await quiet.get('/v1/usage');
      const findings: Finding[] = [];
      if (refused === 0)
        findings.push({ what: 'the flood was not limited', detail: `${REQUESTS} requests, all admitted: nothing was proved` });
      if (status !== 200)
        findings.push({ what: 'another tenant is limited by the flood', detail: `its first request was answered ${status}` });
      return { cases: REQUESTS + 1, findings, figures: { requests: REQUESTS, refused } };
    }),
};
