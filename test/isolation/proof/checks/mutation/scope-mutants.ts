import { TICKET_PURPOSE } from '@aegis/application/answering/issue-stream-ticket';
import type { Bell } from '@aegis/application/shared/job-queue';
import { ApiKeyText } from '@aegis/domain/shared/api-key-text';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresTicketRepository } from '@aegis/infrastructure/answering/postgres-ticket-repository';
import { HmacTokenSigner } from '@aegis/infrastructure/system/hmac-token-signer';
import { CachedQueryEmbeddings } from '@aegis/infrastructure/retrieval/cached-query-embeddings';
import { DecodedTerms, type PresentState } from '@aegis/infrastructure/retrieval/decoded-terms';
import { RememberedResults } from '@aegis/infrastructure/retrieval/remembered-results';
import { TenantMemory } from '@aegis/infrastructure/retrieval/tenant-memory';
import { ApiKeyAuthenticator } from '@aegis/infrastructure/tenants/api-key-authenticator';
import { PostgresTenantReader } from '@aegis/infrastructure/tenants/postgres-tenant-reader';
import { IngestionConsumer } from '@aegis/presentation/ingestion/ingestion.consumer';
import { replaced, together, type Mutant, type Undo } from './mutant';
import { policyOff } from './policies';
import { interpolated, predicatesOff } from './predicates-off';

/** Private methods and fields are named here only: no switch is shipped. */
interface Remembers {
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
}
interface Keys {
  readonly right: Remembers;
  find(key: ApiKeyText, beforeLookUp: () => void): Promise<unknown>;
}
interface Signature {
  signature(purpose: string, payload: string): Buffer;
}
interface Tickets {
  readonly manager: { query(sql: string, parameters?: unknown[]): Promise<unknown> };
  redeem: PostgresTicketRepository['redeem'];
}

interface Names {
  nameOf(tenantId: string, kind: string, text: string): string;
}
interface States {
  readonly epochOf: (tenantId: string, signal: AbortSignal) => Promise<number | null>;
}

interface Decodes {
  find(state: PresentState, hash: string): unknown;
  keep: DecodedTerms['keep'];
}

interface ReadsOnce {
  of(tenantId: TenantId, ...asked: unknown[]): Promise<unknown>;
}

interface Hears {
  ingest(bell: Bell, signal: AbortSignal): Promise<void>;
}

/** What is remembered is found under one name, whatever it was asked by. */
const under = (name: string, cache: Remembers): Remembers => ({
  get: () => cache.get(name),
  set: (_name, value) => cache.set(name, value),
});

const instead = <T extends object>(whole: T, part: keyof T, value: unknown): T => Object.create(whole, { [part]: { value } }) as T;
const now = (undo: Undo) => (): Promise<Undo> => Promise.resolve(undo);

const oneForAllSettings = (): Promise<Undo> => {
  const prototype = PostgresTenantReader.prototype as unknown as { readonly known: Remembers; settings: PostgresTenantReader['settings'] };
  return now(
    replaced(
      prototype,
      'settings',
      (original) =>
        function (this: typeof prototype, tenantId) {
          return original.call(instead(this, 'known', under('everybody', this.known)) as unknown as PostgresTenantReader, tenantId);
        },
    ),
  )();
};

const NOBODY = '00000000-0000-0000-0000-00000000dead' as TenantId;

const vectorsOfAnybody = (): Promise<Undo> =>
  now(
    replaced(
      CachedQueryEmbeddings.prototype as unknown as Names,
      'nameOf',
      (original) =>
        function (this: Names, _tenantId, kind, text) {
          return original.call(this, NOBODY, kind, text);
        },
    ),
  )();

/** By name and by the tenant that stands with them; their state is still that of whoever asks. */
const resultsOfAnybody = together(
  () =>
    now(
      replaced(
        RememberedResults.prototype,
        'find',
        (original) =>
          function (this: RememberedResults, tenantId, question, signal) {
            const { epochOf } = this as unknown as States;
            const ofAsking: States['epochOf'] = (_nobody, until) => epochOf.call(this, tenantId, until);
            return original.call(instead(this, 'epochOf' as never, ofAsking), NOBODY, question, signal);
          },
      ),
    )(),
  () =>
    now(
      replaced(
        RememberedResults.prototype,
        'keep',
        (original) =>
          function (this: RememberedResults, _tenantId, question, evidence) {
            original.call(this, NOBODY, question, evidence);
          },
      ),
    )(),
);

const ofNobody = (state: PresentState): PresentState => ({ ...state, tenantId: NOBODY });

const termsOfAnybody = together(
  () =>
    now(
      replaced(
        DecodedTerms.prototype as unknown as Decodes,
        'find',
        (original) =>
          function (this: Decodes, state, hash) {
            return original.call(this, ofNobody(state), hash);
          },
      ),
    )(),
  () =>
    now(
      replaced(
        DecodedTerms.prototype,
        'keep',
        (original) =>
          function (this: DecodedTerms, state, rows) {
            original.call(this, ofNobody(state), rows);
          },
      ),
    )(),
);

const textsOfAnybody = (): Promise<Undo> =>
  now(
    replaced(
      TenantMemory.prototype as ReadsOnce,
      'of',
      (original) =>
        function (this: ReadsOnce, _tenantId, ...asked) {
          return original.call(this, NOBODY, ...asked);
        },
    ),
  )();

const keysByLookUpId = (): Promise<Undo> =>
  now(
    replaced(
      ApiKeyAuthenticator.prototype as unknown as Keys,
      'find',
      (original) =>
        function (this: Keys, key, beforeLookUp) {
          return original.call(instead(this, 'right', under(ApiKeyText.lookupId(key), this.right)), key, beforeLookUp);
        },
    ),
  )();

const ticketsSigned = (sign: (original: Signature['signature'], purpose: string, payload: string) => Buffer) => (): Promise<Undo> =>
  now(
    replaced(
      HmacTokenSigner.prototype as unknown as Signature,
      'signature',
      (original) =>
        function (this: Signature, purpose, payload) {
          return sign(original.bind(this), purpose, payload);
        },
    ),
  )();

const anySignature = (): Promise<Undo> =>
  now(
    replaced(
      HmacTokenSigner.prototype,
      'verify',
      (original) =>
        function (this: HmacTokenSigner, purpose, token) {
          if (purpose !== TICKET_PURPOSE) return original.call(this, purpose, token);
          return Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
        },
    ),
  )();

const ticketsStay = (): Promise<Undo> =>
  now(
    replaced(
      PostgresTicketRepository.prototype as unknown as Tickets,
      'redeem',
      (original) =>
        function (this: Tickets, id, at) {
          const query = (sql: string, parameters?: unknown[]) =>
            this.manager.query(
              sql.replace(/DELETE FROM stream_tickets (WHERE .*) RETURNING ([a-z_, ]+)\)/, 'SELECT $2 FROM stream_tickets $1)'),
              parameters,
            );
          return original.call(instead(this, 'manager', { query }) as unknown as PostgresTicketRepository, id, at);
        },
    ),
  )();

/** Every job is rung twice: for the tenant of the job before first, and then for its own. */
function strayBells(): Promise<Undo> {
  const heard = new Set<Bell['tenantId']>();
  return now(
    replaced(
      IngestionConsumer.prototype as unknown as Hears,
      'ingest',
      (original) =>
        async function (this: Hears, bell, signal) {
          const other = [...heard].findLast((tenantId) => tenantId !== bell.tenantId);
          heard.delete(bell.tenantId);
          heard.add(bell.tenantId);
          if (other !== undefined) await original.call(this, { ...bell, tenantId: other }, signal);
          return original.call(this, bell, signal);
        },
    ),
  )();
}

const jobsOfAnybody = together(policyOff('jobs'), () =>
  Promise.resolve(predicatesOff({ only: /^UPDATE jobs SET state = 'running'/ }).undo),
);

/** What is bound to one tenant outside of tables: caches, bells, tickets; and text that becomes a statement. */
export const scopeMutants: readonly Mutant[] = [
  {
    name: 'one tenant’s questions are answered by the settings of another',
    guard: 'remembered settings not named by their tenant',
    killers: ['cache-scope', 'fuzz of settings'],
    apply: oneForAllSettings,
  },
  {
    name: 'a tenant is told by time and cost what another has asked',
    guard: 'remembered vectors of questions not named by their tenant (cache prefix)',
    killers: ['cache-scope'],
    apply: vectorsOfAnybody,
  },
  {
    name: 'a tenant is shown what another found for the same words',
    guard: 'remembered results neither named by their tenant (cache prefix) nor compared with it',
    killers: ['cache-scope'],
    apply: resultsOfAnybody,
  },
  {
    name: 'a tenant’s words are looked for where another has them',
    guard: 'decoded terms neither named by their tenant (cache prefix) nor compared with it',
    killers: ['cache-scope'],
    apply: termsOfAnybody,
  },
  {
    name: 'a tenant is shown the text of a chunk that another has read',
    guard: 'remembered texts and decoded terms neither named by their tenant (cache prefix) nor compared with it',
    killers: ['cache-scope'],
    apply: together(termsOfAnybody, textsOfAnybody),
  },
  {
    name: 'whoever knows the public part of a key has the key, as long as its owner uses it',
    guard: 'remembered keys named by their look-up id alone',
    killers: ['cache-scope'],
    apply: keysByLookUpId,
  },
  {
    name: 'a bell that names one tenant has the job of another worked on',
    guard: 'jobs claimed in any tenant; policy of jobs: true',
    killers: ['job-scope'],
    apply: jobsOfAnybody,
  },
  {
    name: 'a document waits for ever because somebody rang its job for another tenant',
    guard: 'jobs claimed in any tenant, every bell rung for another too; policy of jobs: true',
    killers: ['job-scope', 'fuzz of jobs'],
    apply: together(jobsOfAnybody, strayBells),
  },
  {
    name: 'whoever knows the id of a ticket has the ticket',
    guard: 'signature of tickets not checked',
    killers: ['ticket-scope', 'fuzz of tickets'],
    apply: anySignature,
  },
  {
    name: 'a ticket opens its stream as often as one likes',
    guard: 'tickets not taken away when they are redeemed',
    killers: ['ticket-scope'],
    apply: ticketsStay,
  },
  {
    name: 'what was signed as a cursor is taken for a ticket',
    guard: 'signatures of cursors and tickets without their purpose',
    killers: ['ticket-scope'],
    apply: ticketsSigned((sign, _purpose, payload) => sign('', payload)),
  },
  {
    name: 'a ticket is redeemed in the name of another tenant',
    guard: 'tickets signed without their tenant and found in any; policy of stream_tickets: true',
    killers: ['ticket-scope', 'fuzz of tickets'],
    apply: together(
      policyOff('stream_tickets'),
      () => Promise.resolve(predicatesOff({ only: /^WITH t AS \(DELETE FROM stream_tickets/ }).undo),
      ticketsSigned((sign, purpose, payload) => sign(purpose, purpose === TICKET_PURPOSE ? (payload.split('.')[1] ?? '') : payload)),
    ),
  },
  {
    name: 'a file name becomes a part of the statement that looks for it',
    guard: 'texts of the list of documents not passed as parameters',
    killers: ['injection of documents'],
    apply: () => Promise.resolve(interpolated(/^SELECT d\.id, d\.filename/)),
  },
];
