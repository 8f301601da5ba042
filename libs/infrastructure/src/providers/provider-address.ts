/**
 * A provider's base address as the operator configured it. Throws one clear sentence that names the setting and never repeats the
 * address, because it may hold a password.
 */
export function providerAddress(setting: string, address: string): URL {
  if (!URL.canParse(address)) throw new Error(`${setting} is not an address such as http://127.0.0.1:11434`);
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${setting} must begin with http:// or https://`);
  if (url.username !== '' || url.password !== '') throw new Error(`${setting} must not carry a user name or password`);
  if (url.search !== '' || url.hash !== '') throw new Error(`${setting} must not carry a query or fragment`);
  return url;
}

/** The same for a provider that is one exact origin: a path would reach other things behind it. */
export function providerOrigin(setting: string, address: string): URL {
  const url = providerAddress(setting, address);
  if (url.pathname !== '/') throw new Error(`${setting} must be an origin without a path`);
  return url;
}
