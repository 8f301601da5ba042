import { createHash, timingSafeEqual } from 'node:crypto';
import { AdminAuthenticator } from '@aegis/application/tenants/admin-authenticator';

/** The one bootstrap key of the deployment. */
export class BootstrapAdminAuthenticator extends AdminAuthenticator {
  private readonly digest: Buffer;

  constructor(adminKey: string) {
    super();
    this.digest = sha256(adminKey);
  }

  isAdminKey(presented: string): boolean {
    return timingSafeEqual(this.digest, sha256(presented));
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
