/** The keyboard. */
import {$, fill, make} from './dom.js';

const HELP = [
  ['Go through', [['A', 'Accept, and on to the next'],
    ['R', 'Reject, and on to the next'], ['J  →', 'Next image'],
    ['K  ←', 'Previous image'], ['G', 'Next that is not reviewed']]],
  ['Look', [['M', 'Mask on and off'], ['C', 'Next CAM'],
    ['Wheel  + −', 'Zoom'], ['Space, drag', 'Move'], ['F', 'Fit']]],
  ['Labels', [['1 … 99', 'Choose a class'],
    ['Shift 1 … 9', 'Class in the image or not'], ['L', 'Find or add one'],
    ['0', 'Choose background'], ['U', 'Choose unsure (ignored)']]],
  ['Draw', [['B', 'Brush'], ['E', 'Eraser'], ['P', 'Polygon'],
    ['S', 'Smart clicks'], ['H', 'Move'], ['[  ]', 'Size of the brush'],
    ['Alt, right', 'Erase; click beside the object'],
    ['Enter', 'Close a polygon, apply clicks'], ['Esc', 'Cancel']]],
  ['Change', [['Ctrl Z', 'Undo'], ['Ctrl Shift Z', 'Redo'],
    ['O', 'Masks or objects'], ['Del', 'Delete the object']]],
];

export function showKeys() {
  const box = $('keys');
  fill(box, make('h1', {}, 'Keys'), make('div', {class: 'keys'},
    ...HELP.flatMap(([title, keys]) => [make('h2', {}, title),
      ...keys.map(([key, text]) => make('div', {}, make('span', {},
        make('kbd', {}, key)), make('span', {}, text)))])),
  make('div', {class: 'line'}, make('button', {class: 'button',
    onclick: () => box.close()}, 'Close')));
  box.showModal();
}

const DIGIT_PAUSE = 450;

export class Keys {
  constructor(app) {
    this.app = app;
    this.digits = '';
    const plain = {
      a: () => app.verdict('accepted'), r: () => app.verdict('rejected'),
      j: () => app.go(1), ArrowRight: () => app.go(1),
      ArrowDown: () => app.go(1), k: () => app.go(-1),
      ArrowLeft: () => app.go(-1), ArrowUp: () => app.go(-1),
      g: () => app.nextOpen(), m: () => app.toggleMask(),
      c: () => app.nextCam(), f: () => app.view.fit(),
      '+': () => app.view.zoom(1.3), '=': () => app.view.zoom(1.3),
      '-': () => app.view.zoom(1 / 1.3), u: () => app.setActive(255),
      l: () => $('add').focus(), o: () => app.toggleMode(),
      '[': () => app.setBrush(-1), ']': () => app.setBrush(1),
      '?': showKeys,
    };
    for (const [key, tool] of Object.entries({b: 'brush', e: 'eraser',
      p: 'polygon', s: 'clicks', h: 'hand'})) {
      plain[key] = () => app.stage.choose(tool);
    }
    this.plain = plain;
    $('help').onclick = showKeys;
    window.addEventListener('keydown', (event) => this.down(event));
    window.addEventListener('keyup', (event) => {
      if (event.key === ' ') app.stage.holdSpace(false);
    });
    window.addEventListener('blur', () => app.stage.holdSpace(false));
  }

  down(event) {
    const {app} = this;
    if (event.target.matches('input:not([type=range]):not([type=checkbox]),'
      + 'select') || document.querySelector('dialog[open]')) return;
    if (this.act(event)) event.preventDefault();
    else if (event.key === 'Escape' && app.doc) {
      app.stage.cancel();
      app.panel.state();
      app.strip();
    }
  }

  act(event) {
    const {app} = this;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (control) {
      if (key === 'z') (event.shiftKey ? app.redo : app.undo).call(app);
      else if (key === 'y') app.redo();
      else return false;
      return true;
    }
    if (event.altKey) return false;
    if (key === ' ') {
      if (!event.repeat) app.stage.holdSpace(true);
      return true;
    }
    const tool = app.doc && app.stage.tool();
    if (tool && tool.key && tool.key(key)) {
      app.view.draw();
      app.strip();
      return true;
    }
    const digit = /^Digit(\d)$/.exec(event.code);
    if (digit && app.doc) {
      if (event.shiftKey) app.toggleNumber(Number(digit[1]));
      else this.digit(digit[1]);
      return true;
    }
    if (!this.plain[key]) return false;
    this.plain[key]();
    return true;
  }

  /** Numbers above 9 are typed quickly. */
  digit(digit) {
    clearTimeout(this.timer);
    this.digits += digit;
    const number = Number(this.digits);
    this.app.setActive(number);
    if (number * 10 >= this.app.classes.count()) this.digits = '';
    else this.timer = setTimeout(() => { this.digits = ''; }, DIGIT_PAUSE);
  }
}
