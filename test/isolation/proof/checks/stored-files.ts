import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Check, Finding, TargetSinks } from '../check';
import { withTenants } from './throwaway-tenant';

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
const OF_A_TENANT = new RegExp(`^t/${UUID}/`);
/** Uploads on their way, and looks whether the folder can be written; no name of them says anything. */
const OF_NOBODY = new RegExp(`^tmp/(probe-)?${UUID}$`);

async function filesOf({ filesFolder }: TargetSinks): Promise<readonly string[]> {
  const entries = await readdir(filesFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(filesFolder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** KEY-LINT of files: a file whose path names no tenant can be asked for by all. */
export const storedFiles: Check = {
  name: 'stored-files',
  claim: 'Every stored file lies below its tenant, and holds nothing of another.',
  cannotRun: ({ sinks }) => (sinks === null ? 'reads the folder of files: only on a deployment of the proof’s own' : null),
  run: (target) =>
    withTenants(target, async (tenants) => {
      if (target.sinks === null) throw new Error('no folder');
      for (const tenant of tenants) await tenant.ingest('금고.md', `# ${tenant.canary}\n\n책임 한도는 5억 원이다.\n`);
      const findings: Finding[] = [];
      const files = await filesOf(target.sinks);
      for (const path of files) {
        if (!OF_A_TENANT.test(path) && !OF_NOBODY.test(path)) findings.push({ what: 'a file that belongs to no tenant', detail: path });
      }
      for (const tenant of tenants) {
        const own = files.filter((path) => path.startsWith(`t/${tenant.id}/`));
        if (own.length === 0) findings.push({ what: 'a tenant without files', detail: tenant.id });
        for (const path of own) {
          const text = await readFile(join(target.sinks.filesFolder, path), 'utf8');
          if (!text.includes(tenant.canary)) findings.push({ what: 'a file with nothing of its tenant in it', detail: path });
        }
      }
      return { cases: files.length, findings, figures: { files: files.length } };
    }),
};
