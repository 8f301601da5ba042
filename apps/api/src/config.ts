import { loadSettings } from '@aegis/infrastructure/configuration/dot-env';
import { productRoot } from '@aegis/infrastructure/configuration/product-root';
import type { Settings } from '@aegis/infrastructure/configuration/settings';

export const ROOT = productRoot(__dirname);

export const readConfig = (): Settings => loadSettings(process.env, process.cwd(), ROOT);
