import { join } from 'node:path';
import { TenantSuspended } from '@aegis/domain/shared/access-errors';
import { PostgresDocumentReader } from '@aegis/infrastructure/documents/postgres-document-reader';
import { PostgresIdempotencyRepository } from '@aegis/infrastructure/idempotency/postgres-idempotency-repository';
import { FolderObjectStore } from '@aegis/infrastructure/object-store/folder-object-store';
import { TenantDatabase } from '@aegis/infrastructure/persistence/tenant-database';
import type { RateLimiter } from '@aegis/application/shared/rate-limiter';
import { InMemoryRateLimiter } from '@aegis/infrastructure/rate-limit/in-memory-rate-limiter';
import { RedisRateLimiter } from '@aegis/infrastructure/rate-limit/redis-rate-limiter';
import { HmacTokenSigner } from '@aegis/infrastructure/system/hmac-token-signer';
import { HmacKeyMint } from '@aegis/infrastructure/tenants/hmac-key-mint';
import type { EntityManager } from 'typeorm';
import { about } from '../../one-message';
import { replaced, superuserOf, together, type Mutant, type Undo } from './mutant';
import { policyOff } from './policies';

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const NOBODY = '00000000-0000-0000-0000-00000000dead';

const now = (undo: Undo): Promise<Undo> => Promise.resolve(undo);

/** Private methods are named here only: no switch is shipped. */
interface Signature {
  signature(purpose: string, payload: string): Buffer;
}
interface Paths {
  readonly root: string;
  path(tenantId: string, documentId: string): string;
}

/** Every method of the repository works on one place for all tenants, and knows no principal. */
function oneIdempotencyForAll(): Undo {
  const prototype = PostgresIdempotencyRepository.prototype as unknown as Record<string, (this: object, ...rest: unknown[]) => unknown>;
  const undone = ['claim', 'find', 'finish', 'renew', 'release'].map((name) =>
    replaced(
      prototype,
      name,
      (original) =>
        function (this: object, claim: unknown, ...rest: unknown[]): unknown {
          const forAll = Object.create(this, { placeId: { value: NOBODY } }) as object;
          return original.call(forAll, { ...(claim as object), principal: 'everybody' }, ...rest);
        },
    ),
  );
  return async () => {
    for (const undo of undone) await undo();
  };
}

const oneWindowForAll = (limiter: RateLimiter): Undo =>
  replaced(
    limiter,
    'take',
    (original) =>
      function (this: RateLimiter, window) {
        return original.call(this, { ...window, tenantId: null, member: 'everybody' });
      },
  );

const kept = (manager: EntityManager): EntityManager =>
  new Proxy(manager, {
    get: (target, name) =>
      name === 'query'
        ? (sql: string, parameters?: unknown[]) => target.query(sql.replaceAll(', true)', ', false)'), parameters)
        : (Reflect.get(target, name, target) as unknown),
  });

/** Guards that our code keeps. */
export const codeMutants: readonly Mutant[] = [
  {
    name: 'a cursor of one tenant reads on in the list of another',
    guard: 'cursors not bound to their tenant',
    killers: ['fuzz of cursors'],
    apply: () =>
      now(
        replaced(
          HmacTokenSigner.prototype as unknown as Signature,
          'signature',
          (original) =>
            function (this: Signature, purpose, payload) {
              return original.call(this, purpose.replace(UUID, ''), payload);
            },
        ),
      ),
  },
  {
    name: 'a foreign document is answered 403, one that never was 404',
    guard: 'foreign and missing documents answered alike',
    killers: ['fuzz of documents', 'timing'],
    apply: (target) =>
      now(
        replaced(
          PostgresDocumentReader.prototype,
          'find',
          (original) =>
            async function (this: PostgresDocumentReader, tenantId, id) {
              const found = await original.call(this, tenantId, id);
              if (found !== null) return found;
              const { rowCount } = await superuserOf(target).query(about('SELECT 1 FROM documents WHERE id = $1', id));
              if (rowCount !== 0) throw new TenantSuspended();
              return null;
            },
        ),
      ),
  },
  {
    name: 'a connection keeps its tenant after its transaction',
    guard: 'context local to the transaction',
    killers: ['pool-storm'],
    apply: () =>
      now(
        replaced(
          TenantDatabase.prototype,
          'transaction',
          () =>
            function <T>(this: TenantDatabase, ...[tenantId, work, options]: Parameters<typeof TenantDatabase.prototype.transaction<T>>) {
              const { connections, signer } = this as unknown as {
                readonly connections: {
                  transaction: (role: string, work: (manager: EntityManager) => Promise<T>, options?: object) => Promise<T>;
                };
                readonly signer: { sign: (tenantId: string) => string };
              };
              return connections.transaction(
                'app_runtime',
                async (manager) => {
                  await kept(manager).query(`SELECT set_config('app.tenant_id', $1, true), set_config('app.tenant_sig', $2, true)`, [
                    tenantId,
                    signer.sign(tenantId),
                  ]);
                  return work(manager);
                },
                options,
              );
            },
        ),
      ),
  },
  {
    name: 'whoever knows the public part of a key has the key',
    guard: 'secret of a key not compared',
    killers: ['timing'],
    apply: () =>
      now(
        replaced(
          HmacKeyMint.prototype,
          'digest',
          (original) =>
            function (this: HmacKeyMint, key) {
              return original.call(this, key.slice(0, 20) as typeof key);
            },
        ),
      ),
  },
  {
    name: 'a file lies where every tenant would look for it',
    guard: 'path of a file without the tenant',
    killers: ['stored-files'],
    apply: () =>
      now(
        replaced(
          FolderObjectStore.prototype as unknown as Paths,
          'path',
          () =>
            function (this: Paths, _tenantId, documentId) {
              return join(this.root, 't', documentId);
            },
        ),
      ),
  },
  {
    name: 'one tenant gets the answer that another’s Idempotency-Key left',
    guard: 'idempotency keys without tenant and principal; policy of idempotency_keys: true',
    killers: ['fuzz of idempotency keys'],
    apply: together(policyOff('idempotency_keys'), () => now(oneIdempotencyForAll())),
  },
  {
    name: 'a flood of one tenant uses up the window of all',
    guard: 'rate windows not named by their tenant',
    killers: ['rate-scope'],
    apply: together(
      ...[InMemoryRateLimiter, RedisRateLimiter].map(
        ({ prototype }) =>
          () =>
            now(oneWindowForAll(prototype)),
      ),
    ),
  },
];
