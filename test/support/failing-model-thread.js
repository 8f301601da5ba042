const { parentPort, workerData } = require('node:worker_threads');

// A thread that speaks the messages of a model, and dies when it is asked for the text "끝".
if (workerData.failsToStart) throw new Error('가중치가 없다');
parentPort.on('message', (request) => {
  if (request.type === 'close') parentPort.close();
  else if (request.texts.includes('끝')) throw new Error('the library crashed');
  else if (!request.texts.includes('기다려'))
    parentPort.postMessage({ type: 'counted', id: request.id, counts: request.texts.map((text) => text.length) });
});
parentPort.postMessage({ type: 'ready', dimensions: 3 });
