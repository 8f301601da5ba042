/** The identity provider whose tokens administrators present; null: the deployment issues them itself. */
export class TrustedIssuer {
  constructor(readonly issuer: string | null) {}
}
