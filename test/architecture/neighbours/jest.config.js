const { projects } = require('../../../jest.config');

/** The two files of this folder as files of a run are, in one process. */
module.exports = { ...projects[0], displayName: 'neighbours', testMatch: ['<rootDir>/test/architecture/neighbours/*.neighbour.ts'] };
