/** Brush, eraser, polygon and move. A tool takes places of the image. */
import {BACKGROUND, IGNORE} from './classes.js';

/** Paints while the button is down. */
export class Brush {
  constructor(desk, erase) {
    this.desk = desk;
    this.erase = erase;
    this.last = null;
    this.at = null;
  }

  value(event) {
    return this.erase || (event && event.altKey) ? BACKGROUND
      : this.desk.active;
  }

  down(at, event) {
    if (!this.desk.canPaint(this.value(event))) return;
    this.desk.doc.begin();
    this.painting = this.value(event);
    this.last = at;
    this.move(at);
  }

  move(at) {
    this.at = at;
    if (!this.last) return;
    const {doc, brush} = this.desk;
    doc.paint(doc.mask.line(this.last, at, brush / 2, this.painting));
    this.last = at;
  }

  up() {
    if (!this.last) return;
    this.last = null;
    this.desk.finish(this.erase ? 'erase' : 'brush', this.painting);
  }

  cancel() {
    this.last = null;
    if (this.desk.doc) this.desk.doc.cancel();
  }

  leave() { this.at = null; }

  draw(context, scale) {
    if (!this.at) return;
    for (const [color, width] of [['#000b', 3], ['#fff', 1.4]]) {
      context.beginPath();
      context.arc(this.at.x, this.at.y, this.desk.brush / 2, 0, 7);
      context.lineWidth = width / scale;
      context.strokeStyle = color;
      context.stroke();
    }
  }
}

/** Corners by clicks; the first one, Enter or a double click closes it. */
export class Polygon {
  constructor(desk) {
    this.desk = desk;
    this.points = [];
    this.at = null;
  }

  down(at, event) {
    if (!this.desk.canPaint(this.value(event))) return;
    if (this.points.length > 2
      && (this.near(at) || event.detail > 1)) this.close();
    else if (!event || event.detail < 2) this.points.push(at);
  }

  value() { return this.desk.active; }

  near(at) {
    const [first] = this.points;
    return Math.hypot(at.x - first.x, at.y - first.y)
      < 9 / this.desk.view.scale;
  }

  move(at) { this.at = at; }

  up() {}

  leave() { this.at = null; }

  key(key) {
    if (!this.points.length) return false;
    if (key === 'Enter') this.close();
    else if (key === 'Backspace') this.points.pop();
    else return false;
    return true;
  }

  close() {
    const points = this.points;
    this.points = [];
    if (points.length < 3) return;
    const {doc} = this.desk;
    doc.begin();
    doc.paint(doc.mask.polygon(points, this.value()));
    this.desk.finish('polygon', this.value());
  }

  cancel() { this.points = []; }

  draw(context, scale) {
    if (!this.points.length) return;
    const color = this.desk.cssColor(this.value());
    context.beginPath();
    for (const {x, y} of [...this.points, ...(this.at ? [this.at] : [])]) {
      context.lineTo(x, y);
    }
    context.closePath();
    context.globalAlpha = 0.3;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
    for (const [line, width] of [['#000b', 3.4], [color, 1.6]]) {
      context.lineWidth = width / scale;
      context.strokeStyle = line;
      context.stroke();
    }
    this.points.forEach((point, i) => dot(context, point, scale,
      i ? '#fff' : color, i ? 3 : 5));
  }
}

/** Moves the image. */
export class Hand {
  constructor(desk) { this.desk = desk; }

  down(at, event) { this.from = [event.clientX, event.clientY]; }

  move(at, event) {
    if (!this.from) return;
    const next = [event.clientX, event.clientY];
    this.desk.view.move(next[0] - this.from[0], next[1] - this.from[1]);
    this.from = next;
  }

  up() { this.from = null; }

  cancel() { this.from = null; }

  leave() {}

  draw() {}
}

export function dot(context, {x, y}, scale, color, radius = 4) {
  context.beginPath();
  context.arc(x, y, radius / scale, 0, 7);
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5 / scale;
  context.strokeStyle = '#000c';
  context.stroke();
}


