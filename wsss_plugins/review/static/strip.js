/** The line above the canvas: what the tool does, and its settings. */
import {$, fill, make, swatch} from './dom.js';

export function showStrip(app) {
  const box = $('strip');
  if (!app.doc) {
    fill(box);
    return;
  }
  const name = app.stage.name;
  const parts = {
    brush: () => [paints(app), size(app)],
    eraser: () => [make('span', {}, make('b', {}, 'Eraser'),
        ' to background'), size(app)],
    polygon: () => [paints(app), hint(
        'Click corners; Enter or the first corner closes, Backspace removes '
        + 'one')],
    clicks: () => clicks(app),
    points: () => objects(app),
    hand: () => [make('b', {}, 'Move'), hint('Drag the image; the wheel '
        + 'zooms, F fits it')],
  }[name]();
  fill(box, ...parts);
}

function paints(app) {
  const index = app.active;
  return make('span', {}, swatch(app.classes.color(index)), 'Paints ',
    make('b', {}, app.classes.name(index)));
}

const hint = (text) => make('span', {class: 'wide'}, text);

function size(app) {
  const output = make('b', {}, `${app.brush} px`);
  const slider = make('input', {type: 'range', min: 1, max: 120,
    'aria-label': 'Size of the brush', title: '[ and ]'});
  slider.value = app.brush;
  slider.oninput = () => {
    app.brush = Number(slider.value);
    output.textContent = `${app.brush} px`;
  };
  return make('label', {}, 'Size', slider, output,
    make('span', {class: 'wide'}, make('kbd', {}, '['), ' ',
      make('kbd', {}, ']')));
}

function clicks(app) {
  const tool = app.stage.tools.clicks;
  const button = (text, act, main = false) => make('button', {
    class: `button${main ? ' main' : ''}`, onclick: act}, text);
  if (!tool.open()) {
    return [paints(app), make('span', {}, 'Click on the object; right click '
      + '(or Alt) on what is not part of it')];
  }
  const apply = button('Apply (Enter)', () => tool.apply(), true);
  apply.disabled = !tool.region || tool.waiting;
  return [paints(app), make('span', {}, tool.waiting ? 'Cutting out…'
    : `${tool.positive.length} on, ${tool.negative.length} off`),
  make('span', {class: 'grow'}), apply,
  button('Cancel', () => { tool.cancel(); app.strip(); app.view.draw(); })];
}

function objects(app) {
  const tool = app.stage.objects;
  const label = app.activeName();
  const left = 4 - tool.clicks.length;
  return [make('span', {}, swatch(label ? app.classes.colorOf(label)
    : [90, 90, 90]), label ? make('b', {}, label) : 'Choose a class'),
  make('span', {}, tool.clicks.length ? `${left} more point${
    left === 1 ? '' : 's'}` : 'Click the top, left, bottom and right end of '
    + 'an object'), hint('Drag a point to move it')];
}
