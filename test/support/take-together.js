const { join } = require('node:path');

const built = join(__dirname, '..', '..', 'dist-fast', 'libs', 'infrastructure', 'src', 'rate-limit');
const { RedisRateLimiter } = require(join(built, 'redis-rate-limiter.js'));

/** A process of its own that draws from one window, as often as it is told, at the word: `<redis url> <tenant> <member> <count>`. */
async function main([url, tenantId, member, count]) {
  const silent = { info() {}, warn() {}, error() {}, count() {}, gauge() {} };
  const limiter = new RedisRateLimiter(url, silent, silent);
  const window = { tenantId, member, ratePerSecond: 0.001, burst: 20 };
  await limiter.take({ ...window, tenantId: null, member: 'warm-up' });
  process.stdout.write('ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const decisions = await Promise.all(Array.from({ length: Number(count) }, () => limiter.take(window)));
  process.stdout.write(`${decisions.filter(({ admitted }) => admitted).length}\n`);
  process.exit(0);
}

void main(process.argv.slice(2));
