/** Objects by four clicks: top, left, bottom and right end, in any order. */
import {Failure, getJSON, getPixels, imagePath, send} from './api.js';
import {regionSheet} from './layers.js';
import {toast} from './dom.js';
import {dot} from './tools.js';

const REACH = 9;

export class ObjectTool {
  constructor(desk) {
    this.desk = desk;
    this.name = null;
    this.objects = [];
    this.undone = [];
    this.done = [];
    this.clicks = [];
    this.sheets = new Map();
    this.chosen = null;
    this.saving = Promise.resolve();
  }

  async load(name) {
    Object.assign(this, {name, objects: [], clicks: [], chosen: null,
      drag: null, done: [], undone: [], revision: null});
    this.sheets.clear();
    const found = await getJSON(`${imagePath(name)}/objects`);
    if (this.name !== name) return;
    this.take(found);
  }

  take({objects, revision}) {
    this.objects = objects;
    this.revision = revision;
    this.desk.refreshObjects();
    for (const one of objects) this.live(one);
  }

  /** Replace the objects, with undo. */
  put(objects) {
    this.done.push(this.objects);
    this.undone = [];
    this.store(objects);
  }

  undo() {
    if (this.clicks.length) this.clicks.pop();
    else if (this.done.length) {
      this.undone.push(this.objects);
      this.store(this.done.pop());
    }
    this.desk.refreshObjects();
  }

  redo() {
    if (!this.undone.length) return;
    this.done.push(this.objects);
    this.store(this.undone.pop());
  }

  store(objects) {
    const {name} = this;
    const before = this.objects;
    this.objects = objects;
    this.desk.refreshObjects();
    this.saving = this.saving.then(async () => {
      try {
        const answer = await send(`${imagePath(name)}/objects`, 'PUT',
          {objects, revision: this.revision});
        if (this.name === name) this.take(await answer.json());
        this.desk.objectsSaved(name, objects.length);
      } catch (failure) { this.failed(failure, name, before); }
    });
  }

  failed(failure, name, before) {
    if (!(failure instanceof Failure)) throw failure;
    if (this.name !== name) {
      toast(`Objects of ${name} were not saved: ${failure.message}`);
      return;
    }
    if (failure.kind === 'stale') {
      toast('Objects were changed in another tab; now shown as saved there');
      this.take(failure.details.entry);
    } else {
      toast(failure.message);
      this.objects = before;
      if (failure.kind !== 'refused') this.desk.lost(failure.kind);
    }
    this.desk.refreshObjects();
  }

  down(at) {
    if (!this.revision) return; // not loaded yet
    const hit = this.hit(at);
    if (hit) {
      this.chosen = hit.place;
      this.drag = {...hit, moved: false,
        points: this.objects[hit.place].points.map((p) => [...p])};
    } else {
      const label = this.desk.activeName();
      if (!label) {
        toast('Choose the class of the object first');
        return;
      }
      this.chosen = null;
      this.clicks.push(at);
      if (this.clicks.length === 4) this.add(label);
    }
    this.desk.refreshObjects();
  }

  add(label) {
    const points = this.clicks.map(({x, y}) => [x - 0.5, y - 0.5]);
    this.clicks = [];
    this.put([...this.objects, {class: label, points}]);
  }

  move(at) {
    this.at = at;
    if (!this.drag) return;
    this.drag.moved = true;
    this.drag.points[this.drag.point] = [at.x - 0.5, at.y - 0.5];
  }

  up() {
    const {drag} = this;
    this.drag = null;
    if (!drag || !drag.moved) return;
    this.put(this.objects.map((one, i) => (
      i === drag.place ? {...one, points: drag.points} : one)));
  }

  /** Object and point below a place. */
  hit(at) {
    const reach = REACH / this.desk.view.scale;
    for (let place = this.objects.length - 1; place >= 0; place -= 1) {
      const point = this.objects[place].points.findIndex(([x, y]) => (
        Math.hypot(x + 0.5 - at.x, y + 0.5 - at.y) < reach));
      if (point >= 0) return {place, point};
    }
    return null;
  }

  key(key) {
    if (key === 'Backspace' && this.clicks.length) this.clicks.pop();
    else if ((key === 'Delete' || key === 'Backspace')
      && this.chosen !== null) this.remove(this.chosen);
    else return false;
    return true;
  }

  remove(place) {
    this.chosen = null;
    this.put(this.objects.filter((_, i) => i !== place));
  }

  relabel(place, label) {
    this.put(this.objects.map((one, i) => (
      i === place ? {...one, class: label} : one)));
  }

  /** The mask of a generator, where one is configured. */
  async live(one) {
    const key = JSON.stringify(one.points);
    if (!this.desk.generator || this.sheets.has(key)) return;
    this.sheets.set(key, null);
    try {
      const found = await getPixels(`${imagePath(this.name)}/object-mask`,
        'POST', {points: one.points});
      this.sheets.set(key, regionSheet(found,
        this.desk.classes.colorOf(one.class)));
      this.desk.view.draw();
    } catch (failure) {
      this.desk.generator = false;
      toast(`No live masks: ${failure.message}`);
    }
  }

  cancel() {
    this.clicks = [];
    this.chosen = null;
    this.drag = null;
  }

  leave() { this.at = null; }

  draw(context, scale) {
    this.objects.forEach((one, place) => {
      const points = this.drag && this.drag.place === place
        ? this.drag.points : one.points;
      const sheet = this.sheets.get(JSON.stringify(points));
      if (sheet) context.drawImage(sheet, 0, 0);
      this.drawOne(context, scale, one.class, points,
        place === this.chosen);
    });
    this.clicks.forEach((point) => dot(context, point, scale, '#fff', 4));
  }

  drawOne(context, scale, label, points, chosen) {
    const color = `rgb(${this.desk.classes.colorOf(label).join(',')})`;
    const [xs, ys] = [0, 1].map((i) => points.map((p) => p[i]));
    const box = [Math.min(...xs), Math.min(...ys),
      Math.max(...xs) - Math.min(...xs) + 1,
      Math.max(...ys) - Math.min(...ys) + 1];
    for (const [line, width] of [['#000a', 4], [color, chosen ? 2.6 : 1.6]]) {
      context.lineWidth = width / scale;
      context.strokeStyle = line;
      context.strokeRect(...box);
    }
    for (const [x, y] of points) {
      dot(context, {x: x + 0.5, y: y + 0.5}, scale, color, chosen ? 5 : 4);
    }
    context.font = `600 ${12 / scale}px system-ui,sans-serif`;
    const wide = context.measureText(label).width + 10 / scale;
    context.fillStyle = color;
    context.fillRect(box[0], box[1] - 18 / scale, wide, 18 / scale);
    const bright = this.desk.classes.colorOf(label)
      .reduce((sum, c, i) => sum + c * [0.3, 0.6, 0.1][i], 0) > 120;
    context.fillStyle = bright ? '#111' : '#fff';
    context.fillText(label, box[0] + 5 / scale, box[1] - 5 / scale);
  }
}
