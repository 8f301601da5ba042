import type { Check, Finding, Target } from '../check';
import { ask, strangersAddress, type Reply } from './requests';
import { withTenants, type ThrowawayTenant } from './throwaway-tenant';

/** Of tickets and cursors: `base64url(payload).signature`; the payload of a ticket is its tenant and its id. */
interface Token {
  readonly payload: string;
  readonly signature: string;
}

/** A ticket is a credential for one stream of one tenant, once; nothing else that was signed is one. */
export const ticketScope: Check = {
  name: 'ticket-scope',
  claim:
    'A stream ticket opens the stream of its own tenant, once: under another’s signature or name, or in the place of a cursor, it is nothing.',
  cannotRun: () => null,
  run: (target) =>
    withTenants(target, async ([mine, theirs]) => {
      const [ticket, theirTicket] = [await issued(mine), await issued(theirs)];
      const cursor = await cursorOf(mine);
      const findings: Finding[] = [];
      const refused = whatIsRefused(ticket, theirTicket, cursor);
      const unknown = await redeemed(target, signed(ticket, 'A'.repeat(43)));
      if (unknown.status !== 401) findings.push({ what: 'a ticket with a wrong signature', detail: `was answered ${unknown.status}` });
      for (const [what, token] of refused) findings.push(...unlike(what, await redeemed(target, token), unknown));
      const asCursor = (token: string): Promise<Reply> => mine.get(`/v1/documents?limit=1&cursor=${token}`);
      findings.push(...unlike('a ticket as a cursor', await asCursor(text(ticket)), await asCursor(signed(cursor, 'A'.repeat(43)))));
      // Last: whatever was tried with theirs has not used it up.
      const opened = await redeemed(target, text(theirTicket));
      if (opened.status !== 200 || !opened.text.includes('query_id'))
        findings.push({ what: 'a ticket that its tenant had not used', detail: `was answered ${opened.status}` });
      findings.push(...unlike('a ticket for the second time', await redeemed(target, text(theirTicket)), unknown));
      return { cases: refused.length + 4, findings, figures: { forms: refused.length + 2 } };
    }),
};

function whatIsRefused(ticket: Token, theirs: Token, cursor: Token): readonly (readonly [what: string, token: string])[] {
  const [[tenant = '', id = ''], [theirTenant = '', theirId = '']] = [partsOf(ticket), partsOf(theirs)];
  const [inMyName, inTheirName] = [encoded(`${tenant}.${theirId}`), encoded(`${theirTenant}.${id}`)];
  return [
    ['their ticket under my signature', signed(theirs, ticket.signature)],
    ['my ticket under their signature', signed(ticket, theirs.signature)],
    ['their ticket in my name, under my signature', `${inMyName}.${ticket.signature}`],
    ['their ticket in my name, under their signature', `${inMyName}.${theirs.signature}`],
    ['my ticket in their name, under my signature', `${inTheirName}.${ticket.signature}`],
    ['a cursor as a ticket', text(cursor)],
  ];
}

async function issued(tenant: ThrowawayTenant): Promise<Token> {
  const { status, body } = await tenant.post('/v1/query/stream/tickets', { query: `${tenant.canary} 연차는 며칠인가요?` });
  if (status >= 300) throw new Error(`no ticket: ${status}`);
  return tokenOf(body['ticket']);
}

async function cursorOf(tenant: ThrowawayTenant): Promise<Token> {
  for (const name of ['가.md', '나.md']) await tenant.ingest(name, `# ${name}\n\n연차는 15일이다.\n`);
  return tokenOf((await tenant.get('/v1/documents?limit=1')).body['next_cursor']);
}

const redeemed = (target: Target, ticket: string): Promise<Reply> =>
  ask(target, { method: 'GET', path: `/v1/query/stream?ticket=${ticket}`, key: null, ...strangersAddress(target) });

function tokenOf(token: unknown): Token {
  const [payload, signature] = String(token).split('.');
  if (payload === undefined || signature === undefined) throw new Error('a token has another form');
  return { payload, signature };
}

const text = ({ payload, signature }: Token): string => `${payload}.${signature}`;
const signed = ({ payload }: Token, signature: string): string => `${payload}.${signature}`;
const encoded = (payload: string): string => Buffer.from(payload).toString('base64url');
const partsOf = ({ payload }: Token): readonly string[] => Buffer.from(payload, 'base64url').toString().split('.');

/** Told apart from an answer to what never was: by status or content. */
function unlike(what: string, reply: Reply, unknown: Reply): readonly Finding[] {
  const content = ({ headers, text: body }: Reply): string => body.replaceAll(String(headers['x-request-id'] ?? '\0'), '…');
  if (reply.status === unknown.status && content(reply) === content(unknown)) return [];
  return [{ what, detail: `was answered ${reply.status}: ${reply.text.slice(0, 200)}` }];
}
