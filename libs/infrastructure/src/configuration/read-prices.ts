import { readFileSync } from 'node:fs';
import { PriceList, type Price } from '@aegis/domain/shared/price-list';
import type { Environment } from './environment';

/** `AEGIS_PRICES`: a file `{ "<provider>": { "<model>": { "input": 2.5, "output": 10 } } }`, USD per million tokens; `"search": 2` for USD per thousand searches. */
export function readPrices(env: Environment): PriceList {
  const path = env.text('AEGIS_PRICES');
  if (path === undefined) return new PriceList();
  try {
    const prices: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isPrices(prices)) return new PriceList(prices);
    env.problem('AEGIS_PRICES must hold { "<provider>": { "<model>": { "input": USD, "output": USD } } } with numbers of at least 0');
  } catch {
    env.problem('AEGIS_PRICES must point to a JSON file that can be read');
  }
  return new PriceList();
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isAmount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isPrice = (value: unknown): value is Price =>
  isRecord(value) && isAmount(value['input']) && isAmount(value['output']) && (value['search'] === undefined || isAmount(value['search']));

const isPrices = (value: unknown): value is Record<string, Record<string, Price>> =>
  isRecord(value) && Object.values(value).every((models) => isRecord(models) && Object.values(models).every(isPrice));
