const { rmSync } = require('node:fs');

module.exports = function afterAll() {
  rmSync(process.env.AEGIS_TEST_TEMPLATES, { recursive: true, force: true });
};
