import { isIP } from 'node:net';
import type { Environment } from './environment';

const MAX_PREFIX: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** A list of network addresses, each alone or with a prefix length, separated by commas. */
export function readAddresses(env: Environment, name: string): readonly string[] {
  const addresses = (env.text(name) ?? '').split(',').map((each) => each.trim());
  const given = addresses.filter((each) => each !== '');
  const wrong = given.find((each) => !isNetwork(each));
  if (wrong !== undefined) env.problem(`${name} must be addresses like 10.0.0.5 or 10.0.0.0/8, separated by commas`);
  return given;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, more] = text.split('/');
  const most = MAX_PREFIX[isIP(address)];
  if (most === undefined || more !== undefined) return false;
  // All of the internet is nobody in particular: then anybody could say where a request comes from.
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= most);
}
