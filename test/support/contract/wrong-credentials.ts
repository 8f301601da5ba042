import { refused, type HttpRequest } from './http-request';

export interface Keys {
  readonly tenant: string;
  readonly administrator: string;
}

/** Refused everywhere, also where nobody is asked for one. */
export const keyInAddress = (base: HttpRequest, name: string, key: string): HttpRequest => ({
  ...base,
  what: `key in the address, as ${name}`,
  query: [...base.query, [name, key]],
  expected: refused(['unauthenticated']),
});

/** Every way in which somebody could be taken for somebody. */
export function wrongCredentials(base: HttpRequest, keys: Keys): readonly HttpRequest[] {
  const isAdministrative = base.operation.credential === 'administrator';
  const key = isAdministrative ? keys.administrator : keys.tenant;
  const others = Object.fromEntries(Object.entries(base.headers).filter(([name]) => name !== 'authorization'));
  const last = key.slice(-1) === 'a' ? 'b' : 'a';
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${key}`,
    key,
    `Bearer ${key.slice(0, -1)}${last}`,
    `Bearer ${key}${key}`,
    `Bearer ag_live_${'0'.repeat(60)}`,
    `Bearer  ${key}`,
  ];
  const nobody = refused(['unauthenticated']);
  return [
    { ...base, what: 'no credentials', headers: others, expected: nobody },
    keyInAddress({ ...base, headers: others }, 'api_key', key),
    keyInAddress(base, 'access_token', key),
    ...wrong.map((authorization, at) => ({ ...base, what: `credentials ${at}`, headers: { ...others, authorization }, expected: nobody })),
    isAdministrative
      ? {
          ...base,
          what: "a tenant's key",
          headers: { ...others, authorization: `Bearer ${keys.tenant}` },
          expected: refused(['insufficient_scope']),
        }
      : {
          ...base,
          what: "the administrator's key",
          headers: { ...others, authorization: `Bearer ${keys.administrator}` },
          expected: refused(['unauthenticated', 'insufficient_scope']),
        },
  ];
}
