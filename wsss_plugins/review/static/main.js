/** Starts the page. */
import {getJSON} from './api.js';
import {App} from './app.js';
import {$} from './dom.js';

async function start() {
  const app = new App(await getJSON('api/workspace'));
  // For a look from the browser's console, and for tests.
  window.app = app;
  await app.start();
}

start().catch((failure) => {
  console.error(failure);
  $('empty').textContent = failure.message;
  $('empty').hidden = false;
});
