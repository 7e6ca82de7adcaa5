/** Whether the server is there, and what happened behind the page's back. */
import {address, currentToken, getJSON, useToken} from './api.js';
import {$, fill, make} from './dom.js';

const PAUSE = 1500;
const BUSY_PAUSE = 700;

export class Connection {
  constructor(app) {
    this.app = app;
    this.log = 0;
    this.lostAs = null;
    this.key = `wsss:${app.about.id}:token`;
    localStorage.setItem(this.key, currentToken());
    // A page of a newer start of the server tells where it is now.
    window.addEventListener('storage', (event) => {
      if (event.key === this.key && event.newValue) this.rejoin(event.newValue);
    });
  }

  start() { this.poll(); }

  async poll() {
    clearTimeout(this.timer);
    let pause = PAUSE;
    try {
      const since = this.app.revision;
      const changes = await getJSON(
        `api/changes?since=${since}&log=${this.log}`);
      if (this.lostAs) this.found();
      this.log = changes.fit.offset;
      await this.app.fit.update(changes.fit);
      await this.app.changed(changes);
      if (changes.fit.state === 'running') pause = BUSY_PAUSE;
    } catch (failure) {
      if (['offline', 'restarted'].includes(failure.kind)) {
        this.lost(failure.kind);
      } else this.app.problem(failure.message);
    }
    this.timer = setTimeout(() => this.poll(), pause);
  }

  found() {
    this.lostAs = null;
    $('banner').hidden = true;
    this.app.back();
  }

  rejoin(token) {
    useToken(token);
    this.poll();
  }

  lost(kind) {
    this.app.saved('offline');
    if (this.lostAs === kind) {
      const count = document.querySelector('#banner .waiting');
      if (count) count.textContent = this.waiting();
      return;
    }
    this.lostAs = kind;
    const field = make('input', {placeholder: 'New address, if the page does '
      + 'not go on by itself', 'aria-label': 'New address'});
    field.onchange = () => this.goTo(field.value.trim());
    fill($('banner'), make('b', {}, kind === 'offline'
      ? 'The server has stopped.' : 'The server was started anew.'),
    make('p', {}, make('span', {class: 'waiting'}, this.waiting()), ' ',
      kind === 'offline' ? 'Start it again with ' : 'Open the address that it '
        + 'printed, or paste it here. It was started with ',
      make('code', {}, `wsss review ${this.app.about.root} --port ${
        location.port}`), kind === 'offline' ? ' and open the address that it '
        + 'prints: this page then goes on by itself.' : '.'),
    make('div', {class: 'line'}, field));
    $('banner').classList.add('bad');
    $('banner').hidden = false;
  }

  waiting() {
    const count = this.app.saver.waiting();
    if (!count) return 'Everything was saved.';
    return `Changes of ${count} image${count > 1 ? 's are' : ' is'} kept in `
      + 'this browser until they are saved.';
  }

  goTo(text) {
    let target;
    try {
      target = new URL(text);
    } catch (error) { return; }
    if (target.origin === location.origin) {
      this.rejoin(target.pathname.split('/')[1]);
    } else if (['127.0.0.1', 'localhost'].includes(target.hostname)) {
      location.assign(target);
    }
  }
}


