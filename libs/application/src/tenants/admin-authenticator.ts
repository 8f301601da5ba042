/** Recognises the platform administrator's bootstrap key, in a time that tells nothing about it. */
export abstract class AdminAuthenticator {
  /** Always false where no key is set: then nobody comes in this way. */
  abstract isAdminKey(presented: string): boolean;
}
