/** Clicks on an object and beside it; the server cuts it out (GrabCut). */
import {getPixels, imagePath} from './api.js';
import {regionSheet} from './layers.js';
import {BACKGROUND, IGNORE} from './classes.js';
import {toast} from './dom.js';
import {dot} from './tools.js';

export class ClickTool {
  constructor(desk) {
    this.desk = desk;
    this.cancel();
  }

  down(at, event) {
    const {desk} = this;
    if (desk.active === BACKGROUND || desk.active === IGNORE) {
      toast('Choose the class of the object first');
      return;
    }
    if (!desk.canPaint(desk.active)) return;
    const off = event.altKey || event.button === 2;
    if (off && !this.positive.length) {
      toast('Click on the object first');
      return;
    }
    (off ? this.negative : this.positive).push(at);
    this.order.push(off ? this.negative : this.positive);
    this.ask();
  }

  async ask() {
    const {desk} = this;
    const {doc} = desk;
    this.asked += 1;
    const turn = this.asked;
    const pairs = (points) => points.map(({x, y}) => [x - 0.5, y - 0.5]);
    if (!this.positive.length) {
      this.cancel();
      desk.view.draw();
      return;
    }
    this.waiting = true;
    desk.strip();
    try {
      const region = await getPixels(`${imagePath(doc.name)}/region`, 'POST', {
        positive: pairs(this.positive), negative: pairs(this.negative),
        label: desk.active,
      });
      if (turn !== this.asked || doc !== desk.doc) return;
      this.region = region;
      this.sheet = regionSheet(region, desk.classes.color(desk.active));
    } catch (failure) {
      toast(failure.message);
    } finally {
      if (turn === this.asked) this.waiting = false;
      desk.strip();
      desk.view.draw();
    }
  }

  key(key) {
    if (!this.positive.length) return false;
    if (key === 'Enter') this.apply();
    else if (key === 'Backspace') {
      this.order.pop().pop();
      this.ask();
    } else return false;
    return true;
  }

  apply() {
    if (!this.region || this.waiting) return;
    const {doc, active} = this.desk;
    doc.begin();
    doc.mask.region(this.region.data, active);
    doc.paint(doc.mask.whole());
    this.cancel();
    this.desk.finish('clicks', active);
    this.desk.strip();
  }

  move() {}

  up() {}

  leave() {}

  /** Whether clicks wait for Enter. */
  open() { return this.positive && this.positive.length > 0; }

  cancel() {
    this.asked = (this.asked || 0) + 1;
    Object.assign(this, {positive: [], negative: [], order: [],
      region: null, sheet: null, waiting: false});
  }

  draw(context, scale) {
    if (this.sheet) {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.sheet, 0, 0);
    }
    for (const point of this.positive) {
      dot(context, point, scale, '#5cc46f', 5);
    }
    for (const point of this.negative) {
      dot(context, point, scale, '#ef6a5b', 5);
    }
  }
}
