/** "Fit again": runs the recorded command and shows how far it is. */
import {send} from './api.js';
import {$, fill, make, toast} from './dom.js';

const MOST = 40000;
const WORDS = {idle: 'Not run from this page yet.', done: 'Done.',
  failed: 'It failed; the end of its output says why.',
  stopped: 'Stopped. It goes on where it stopped when it is started again.',
  ended: 'It has ended.'};

/** Text of a log as a terminal shows it: \r goes back to the line's start. */
export function plain(text) {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').pop()).join('\n');
}

export class Fit {
  constructor(app) {
    this.app = app;
    this.state = 'idle';
    this.text = '';
    $('fit').onclick = () => this.open();
    this.box = $('fit-dialog');
  }

  open() {
    this.box.showModal();
    this.show();
  }

  async update({state, own, text, offset}) {
    const before = this.state;
    Object.assign(this, {state, own});
    if (offset < (this.offset || 0)) this.text = '';
    this.offset = offset;
    this.text = (this.text + text).slice(-MOST);
    $('fit').dataset.state = state;
    $('fit').textContent = state === 'running' ? 'Fitting…' : 'Fit again';
    if (this.box.open && (text || before !== state)) this.show();
    if (before === 'running' && state !== 'running') {
      toast(state === 'done' ? 'Fitted again; masks are new' : WORDS[state]);
      await this.app.reload();
    }
  }

  lastLine() {
    return plain(this.text).trimEnd().split('\n').pop();
  }

  show() {
    const running = this.state === 'running';
    const {command} = this.app.about;
    const log = make('pre', {}, plain(this.text).trimEnd().slice(-8000));
    fill(this.box, make('h1', {}, 'Fit again'),
      make('p', {}, 'Runs the command that made this folder. Only what '
        + 'depends on your corrections runs again; corrections stay.'),
      command ? make('pre', {}, command)
        : make('p', {}, 'wsss.json records no command.'),
      make('p', {class: 'now'}, running ? this.lastLine() || 'Starting…'
        : WORDS[this.state]),
      this.text ? log : null,
      running ? make('p', {}, 'It goes on when this page is closed.') : null,
      make('div', {class: 'line'},
        make('button', {class: 'button', onclick: () => this.box.close()},
          'Close'), this.button(running, command)));
    log.scrollTop = log.scrollHeight;
  }

  button(running, command) {
    if (running) {
      return this.own ? make('button', {class: 'button',
        onclick: () => this.ask('DELETE')}, 'Stop') : null;
    }
    const start = make('button', {class: 'button main',
      onclick: () => this.ask('POST')}, 'Start');
    start.disabled = !command;
    return start;
  }

  async ask(method) {
    try {
      await this.app.saver.flush();
      await send('api/fit', method);
      if (method === 'POST') {
        this.text = '';
        this.app.connection.log = 0;
      }
    } catch (failure) { toast(failure.message); }
    await this.app.connection.poll();
  }
}
