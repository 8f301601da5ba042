import { createHash } from 'node:crypto';
import type { Identified } from '@aegis/application/shared/administrator';
import { actorOf, type Caller } from '@aegis/application/shared/caller';
import { TenantSuspended } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access';
import { bearerKeyOf } from './bearer-key';
import type { HttpOptions } from './http-options';
import { HttpProblem } from './problems/http-problem';
import { stateOf, type OpenAdminCall } from './request-state';
import type { Throttle } from './throttle';

const UNAUTHENTICATED = { headers: { 'www-authenticate': 'Bearer' } };

type AdministratorAccess = Extract<Access, { readonly kind: 'administrator' | 'bootstrap_key' }>;

/** Who asks, and whether they may call what they call; leaves the answer in the state of the request. */
export class Identification {
  constructor(
    private readonly options: Pick<HttpOptions, 'authenticator' | 'administrators' | 'tickets'>,
    private readonly throttle: Throttle,
  ) {}

  /** Throws what the contract says of missing, wrong and insufficient credentials, and of too many requests. */
  async of(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<void> {
    try {
      await this.by(request, reply, access);
    } catch (error) {
      // Somebody who is known, and is told the limits as everybody; a crowd that is turned away is work too.
      if (error instanceof TenantSuspended && error.party !== null) await this.throttle.ofCaller(reply, error.party);
      throw error;
    }
  }

  private by(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<void> {
    switch (access.kind) {
      case 'api_key':
        return this.asTenant(request, reply, access);
      case 'administrator':
      case 'bootstrap_key':
        return this.asAdministrator(request, reply, access);
      case 'ticket':
        return this.byTicket(request, reply);
    }
  }

  private async asTenant(
    request: FastifyRequest,
    reply: FastifyReply,
    { scope, administratorsToo }: Extract<Access, { readonly kind: 'api_key' }>,
  ): Promise<void> {
    const key = presentedKey(request);
    const identified = administratorsToo ? await this.options.administrators.identify(key) : null;
    if (identified !== null) {
      await this.throttleAdministrator(reply, identified);
      beginCallAboutOwnTenant(request, callOfIdentified(identified));
      if (identified.role !== 'tenant_admin') throw insufficient(scope);
      stateOf(request).tenantId = identified.tenantId;
      return;
    }
    const caller = await this.asCaller(request, reply, key);
    const { scopes } = caller;
    if (administratorsToo && scopes.includes('admin')) beginCallAboutOwnTenant(request, callOf(caller));
    if (!scopes.some((held) => held === scope || (administratorsToo && held === 'admin'))) throw insufficient(scope);
  }

  private async asCaller(request: FastifyRequest, reply: FastifyReply, key: string): Promise<Caller> {
    const caller = await this.options.authenticator.authenticate(key, () => this.throttle.beforeLookUp(request, 'key'));
    Object.assign(stateOf(request), { caller, tenantId: caller.tenantId });
    await this.throttle.ofCaller(reply, caller);
    return caller;
  }

  /** From the moment that somebody is known, and not too fast, the call is one that the audit trail will know of, refused or not. */
  private async asAdministrator(request: FastifyRequest, reply: FastifyReply, access: AdministratorAccess): Promise<void> {
    const key = presentedKey(request);
    const identified = await this.options.administrators.identify(key);
    if (identified !== null) await this.throttleAdministrator(reply, identified);
    const who = identified === null ? callOf(await this.asCaller(request, reply, key)) : callOfIdentified(identified);
    const call: OpenAdminCall = { ...who, target: targetOf(request, access), isRecorded: false };
    stateOf(request).adminCall = call;
    assertMay(call, request, access);
  }

  /** A tenant's administrator draws from its tenant's window, beside the tenant's keys: it can slow down nobody else. */
  private throttleAdministrator(reply: FastifyReply, identified: Identified): Promise<void> {
    const party = partyOf(identified);
    return identified.role === 'tenant_admin'
      ? this.throttle.ofCaller(reply, { ...identified, keyId: `administrator-${party}` })
      : this.throttle.ofAdministrator(reply, party);
  }

  private async byTicket(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { ticket } = request.query as Readonly<Record<string, unknown>>;
    if (typeof ticket !== 'string' || ticket === '') throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
    const { caller, body, giveBack } = await this.options.tickets.execute(ticket, () => this.throttle.beforeLookUp(request, 'ticket'));
    const state = stateOf(request);
    state.caller = caller;
    state.tenantId = caller.tenantId;
    state.ticketBody = body;
    state.giveTicketBack = giveBack;
    await this.throttle.ofCaller(reply, caller);
  }
}

/** Throws `insufficient_scope`; to a tenant's own administrator every other tenant is one that does not exist. */
function assertMay({ administrator, actor }: OpenAdminCall, request: FastifyRequest, access: AdministratorAccess): void {
  if (access.kind === 'bootstrap_key') {
    if (actor.kind !== 'platform_admin') throw insufficient('bootstrap_key');
    return;
  }
  if (administrator === null) throw insufficient(access.role === 'platform_admin' ? 'platform_admin' : 'admin');
  if (administrator.role === 'platform_admin') return;
  if (access.role === 'platform_admin') throw insufficient('platform_admin');
  if (access.tenantParameter === null) return;
  if (parameterOf(request, access.tenantParameter).toLowerCase() !== administrator.tenantId) throw new HttpProblem('not_found');
}

type Who = Omit<OpenAdminCall, 'target' | 'isRecorded'>;

/** An administrator's call is one for the audit trail on a tenant's routes too. */
function beginCallAboutOwnTenant(request: FastifyRequest, who: Who): void {
  stateOf(request).adminCall = { ...who, target: who.ownTenant, isRecorded: false };
}

/** A tenant's key: its administrator's where it has the scope, else a valid credential that is for something else. */
function callOf(caller: Caller): Who {
  const { tenantId, scopes, rateLimitRps } = caller;
  const actor = actorOf(caller);
  return {
    actor,
    ownTenant: tenantId,
    administrator: scopes.includes('admin') ? { role: 'tenant_admin', actor, tenantId, rateLimitRps } : null,
  };
}

function callOfIdentified(identified: Identified): Who {
  const { actor } = identified;
  if (identified.role === null) return { actor, ownTenant: null, administrator: null };
  return { actor, ownTenant: identified.role === 'tenant_admin' ? identified.tenantId : null, administrator: identified };
}

/** People are by themselves; the bootstrap key and what was given for it are one. */
function partyOf({ actor, ...identified }: Identified): string {
  if (actor.kind === 'administrator') return createHash('sha256').update(`${actor.issuer}\0${actor.subject}`).digest('hex').slice(0, 32);
  return 'tenantId' in identified ? identified.tenantId : 'platform';
}

function targetOf(request: FastifyRequest, access: AdministratorAccess): TenantId | null {
  if (access.kind === 'bootstrap_key' || access.tenantParameter === null) return null;
  try {
    return TenantId.parse(parameterOf(request, access.tenantParameter));
  } catch {
    return null; // no id at all: what was sent instead is no business of the trail
  }
}

function parameterOf(request: FastifyRequest, name: string): string {
  const { [name]: value } = request.params as Readonly<Record<string, unknown>>;
  return typeof value === 'string' ? value : '';
}

const insufficient = (scope: string): HttpProblem => new HttpProblem('insufficient_scope', { parameters: { scope } });

function presentedKey(request: FastifyRequest): string {
  const key = bearerKeyOf(request.raw.rawHeaders);
  if (key === null) throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
  return key;
}
