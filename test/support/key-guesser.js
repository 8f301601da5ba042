/**
 * Guesses API keys, in a process of its own so that the clock of whoever measures is not disturbed. Reads one JSON line from standard input:
 * `{ url, keys, addresses, ratePerSecond }`; prints one JSON line when it is done: `{ statuses: { "401": 12, … }, seconds }`.
 */
const { Agent, request } = require('node:http');
const { createInterface } = require('node:readline');

createInterface({ input: process.stdin }).once('line', (line) => {
  const { url, keys, addresses, ratePerSecond } = JSON.parse(line);
  const agents = addresses.map((localAddress) => new Agent({ keepAlive: true, maxSockets: 4, localAddress }));
  const statuses = {};
  const start = performance.now();
  let [sent, answered] = [0, 0];
  const ended = (status) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    answered += 1;
    if (answered === keys.length) {
      process.stdout.write(`${JSON.stringify({ statuses, seconds: (performance.now() - start) / 1_000 })}\n`, () => process.exit(0));
    }
  };
  const guess = (index) => {
    const headers = { authorization: `Bearer ${keys[index]}` };
    const asked = request(url, { agent: agents[index % agents.length], headers }, (response) => {
      response.resume().on('end', () => ended(response.statusCode));
    });
    asked.on('error', () => ended('error')).end();
  };
  const timer = setInterval(() => {
    const due = Math.min(keys.length, Math.floor(((performance.now() - start) / 1_000) * ratePerSecond));
    while (sent < due) guess(sent++);
    if (sent === keys.length) clearInterval(timer);
  }, 10);
});
