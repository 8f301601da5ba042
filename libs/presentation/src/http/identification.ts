import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access';
import { bearerKeyOf } from './bearer-key';
import type { HttpOptions } from './http-options';
import { HttpProblem } from './problems/http-problem';
import { stateOf } from './request-state';
import type { Throttle } from './throttle';

const UNAUTHENTICATED = { headers: { 'www-authenticate': 'Bearer' } };

/** Who asks, and whether they may call what they call; leaves the answer in the state of the request. */
export class Identification {
  constructor(
    private readonly options: Pick<HttpOptions, 'authenticator' | 'administrators' | 'tickets'>,
    private readonly throttle: Throttle,
  ) {}

  /** Throws what the contract says of missing, wrong and insufficient credentials, and of too many requests. */
  of(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<void> {
    switch (access.kind) {
      case 'api_key':
        return this.asTenant(request, reply, access.scope);
      case 'platform_admin':
        return this.asAdministrator(request, reply);
      case 'ticket':
        return this.byTicket(request, reply);
    }
  }

  private async asTenant(request: FastifyRequest, reply: FastifyReply, scope: string): Promise<void> {
    const caller = await this.options.authenticator.authenticate(presentedKey(request));
    stateOf(request).caller = caller;
    await this.throttle.ofCaller(reply, caller);
    if (!caller.scopes.some((held) => held === scope)) throw new HttpProblem('insufficient_scope', { parameters: { scope } });
  }

  private async asAdministrator(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = presentedKey(request);
    if (this.options.administrators.isAdminKey(key)) return this.throttle.ofAdministrator(reply);
    // A tenant's key is a valid credential, only not for this; anything else is nobody.
    await this.throttle.ofCaller(reply, await this.options.authenticator.authenticate(key));
    throw new HttpProblem('insufficient_scope', { parameters: { scope: 'admin' } });
  }

  private async byTicket(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { ticket } = request.query as Readonly<Record<string, unknown>>;
    if (typeof ticket !== 'string' || ticket === '') throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
    const { caller, body } = await this.options.tickets.execute(ticket);
    const state = stateOf(request);
    state.caller = caller;
    state.ticketBody = body;
    await this.throttle.ofCaller(reply, caller);
  }
}

function presentedKey(request: FastifyRequest): string {
  const key = bearerKeyOf(request.raw.rawHeaders);
  if (key === null) throw new HttpProblem('unauthenticated', UNAUTHENTICATED);
  return key;
}
