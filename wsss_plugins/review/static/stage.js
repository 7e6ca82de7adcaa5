/** The middle: tools, the strip above the canvas, the pointer. */
import {$, fill, icon, make} from './dom.js';
import {View} from './view.js';
import {Brush, Hand, Polygon} from './tools.js';
import {ClickTool} from './click_tool.js';
import {ObjectTool} from './object_tool.js';

const TOOLS = [
  ['brush', 'B', 'Brush', 'M4 20c4 1 6-1 6-4l-2-2c-3 0-4 2-4 6zM10 14l8-10 '
    + '2 2-9 9'],
  ['eraser', 'E', 'Eraser: background', 'M4 15 13 5l7 6-8 9H8zM9 10l7 6'],
  ['polygon', 'P', 'Polygon', 'M5 8l8-4 7 7-5 9-9-2z'],
  ['clicks', 'S', 'Smart clicks (GrabCut)', 'M12 3v5M12 16v5M3 12h5M16 12h5'
    + 'M12 11v2M11 12h2'],
  ['points', 'B', 'Four points of an object', 'M5 6h14v12H5zM12 6v.01M5 12v.01'
    + 'M12 18v.01M19 12v.01'],
  ['hand', 'H', 'Move (Space, middle button)', 'M12 3v18M3 12h18M9 6l3-3 3 '
    + '3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3'],
];

export class Stage {
  constructor(app) {
    this.app = app;
    const canvas = $('canvas');
    this.view = new View(canvas, (scale) => {
      $('zoom-fit').textContent = `${Math.round(scale * 100)}%`;
    });
    app.view = this.view;
    this.tools = {brush: new Brush(app, false), eraser: new Brush(app, true),
      polygon: new Polygon(app), clicks: new ClickTool(app),
      points: new ObjectTool(app), hand: new Hand(app)};
    this.objects = this.tools.points;
    this.name = 'brush';
    this.view.marks = (context, scale) => this.tool().draw(context, scale);
    $('zoom-in').onclick = () => this.view.zoom(1.3);
    $('zoom-out').onclick = () => this.view.zoom(1 / 1.3);
    $('zoom-fit').onclick = () => this.view.fit();
    this.buttons();
    this.listen(canvas);
  }

  buttons() {
    fill($('tools'), ...TOOLS.map(([name, key, text, path]) => {
      const button = make('button', {title: `${text} (${key})`,
        'aria-label': text, 'data-tool': name,
        onclick: () => this.choose(name)}, icon(path), make('span', {}, key));
      return button;
    }));
  }

  tool() {
    return this.held || this.tools[this.name];
  }

  choose(name) {
    const objects = this.app.mode === 'objects';
    const chosen = objects && name !== 'hand' ? 'points' : name;
    if (this.name !== chosen) this.tool().cancel();
    this.name = chosen;
    this.refresh();
  }

  refresh() {
    const objects = this.app.mode === 'objects';
    for (const button of $('tools').children) {
      const {tool} = button.dataset;
      button.hidden = tool !== 'hand' && objects !== (tool === 'points');
      button.setAttribute('aria-pressed', tool === this.name);
    }
    this.app.strip();
    $('canvas').style.cursor = {hand: 'grab', brush: 'none',
      eraser: 'none'}[this.name] || 'crosshair';
    this.view.draw();
  }

  listen(canvas) {
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.up(event));
    canvas.addEventListener('pointercancel', () => this.cancel());
    canvas.addEventListener('pointerleave', () => {
      if (this.app.doc && !this.pressed) this.tool().leave();
      $('place').textContent = '';
      this.view.draw();
    });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  at(event) { return this.view.toImage(event.offsetX, event.offsetY); }

  down(event) {
    if (!this.app.doc) return;
    const canvas = $('canvas');
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    this.pressed = true;
    if (event.button === 1) this.held = this.tools.hand;
    const detail = Date.now() - (this.lastDown || 0) < 300 ? 2 : 1;
    this.lastDown = Date.now();
    const {clientX, clientY, altKey, button} = event;
    this.tool().down(this.at(event), {clientX, clientY, detail, button,
      altKey: altKey || button === 2});
    this.view.draw();
  }

  move(event) {
    const {doc} = this.app;
    if (!doc) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents()
      : [event];
    const tool = this.tool();
    if (tool === this.tools.hand || events.length < 2) {
      tool.move(this.at(event), event);
    } else for (const one of events) tool.move(this.at(one), one);
    this.tell(this.at(event));
    this.view.draw();
  }

  tell({x, y}) {
    const {doc, classes} = this.app;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const value = doc.mask.at(column, row);
    $('place').textContent = value === null ? ''
      : `${column}, ${row} · ${classes.name(value)}`;
  }

  up(event) {
    if (!this.pressed) return;
    this.pressed = false;
    this.tool().up(this.at(event), event);
    if (this.held && !this.space) this.held = null;
    this.view.draw();
  }

  cancel() {
    this.pressed = false;
    if (this.app.doc) this.tool().cancel();
    this.held = null;
    this.view.draw();
  }

  holdSpace(on) {
    this.space = on;
    if (on) this.held = this.tools.hand;
    else if (!this.pressed) this.held = null;
    $('canvas').style.cursor = on ? 'grab' : '';
    if (!on) this.refresh();
  }
}
