/** One image that is open: its mask, labels and verdict, with undo. */
import {Mask, union} from './mask.js';

const FIELDS = ['labels', 'status', 'mask'];
const MOST_STEPS = 200;

export class Doc {
  constructor(detail, image, mask) {
    this.name = detail.name;
    this.detail = detail;
    this.image = image;
    this.mask = new Mask(mask.data, mask.width, mask.height);
    this.labels = detail.labels;
    this.relabeled = detail.relabeled;
    this.status = detail.status;
    this.masked = detail.masked;
    this.revision = detail.revision;
    this.steps = [];
    this.place = 0;
    /** Fields that the server does not have yet, with a running number. */
    this.dirty = new Map();
    this.version = 0;
    this.stroke = null;
    this.listeners = [];
  }

  /** Whether what is told of the image now fits this; then it is kept. */
  takes(detail) {
    if (detail.revision !== this.revision
      || detail.mask_stamp !== this.detail.mask_stamp
      || detail.width !== this.mask.width
      || detail.height !== this.mask.height) return false;
    this.detail = detail;
    if (!this.relabeled) this.labels = detail.labels;
    this.stale = false;
    return true;
  }

  onChange(listen) { this.listeners.push(listen); }

  /** Whether something would be lost if it were loaded again. */
  busy() { return this.dirty.size > 0 || this.stroke !== null; }

  touch(fields) {
    this.version += 1;
    for (const field of fields) this.dirty.set(field, this.version);
    for (const listen of this.listeners) listen(this, fields);
  }

  /** Make a step that can be undone. */
  step(text, fields, redo, undo) {
    this.steps.length = this.place;
    this.steps.push({text, fields, redo, undo});
    if (this.steps.length > MOST_STEPS) this.steps.shift();
    this.place = this.steps.length;
    redo();
    this.touch(fields);
  }

  undo() {
    if (this.stroke || this.place === 0) return null;
    this.place -= 1;
    const step = this.steps[this.place];
    step.undo();
    this.touch(step.fields);
    return step.text;
  }

  redo() {
    if (this.stroke || this.place === this.steps.length) return null;
    const step = this.steps[this.place];
    this.place += 1;
    step.redo();
    this.touch(step.fields);
    return step.text;
  }

  /** Start to change pixels; paint() calls follow, then end(). */
  begin() { this.stroke = {before: this.mask.data.slice(), box: null}; }

  paint(box) { this.stroke.box = union(this.stroke.box, box); }

  /** Drop what was changed since begin(). */
  cancel() {
    if (!this.stroke) return;
    this.mask.data.set(this.stroke.before);
    this.stroke = null;
    this.mask.changed(this.mask.whole());
  }

  /** Make what was changed since begin() a step.
   *  label: that comes along if the image does not have it. */
  end(text, label = null) {
    const {before, box} = this.stroke;
    this.stroke = null;
    const after = box && this.mask.cut(box);
    if (!after) return;
    const old = new Mask(before, this.mask.width, this.mask.height).cut(box);
    if (old.data.every((value, i) => value === after.data[i])) return;
    const was = this.state();
    const isNew = label !== null && !this.labels.includes(label);
    this.step(text, isNew ? ['mask', 'labels'] : ['mask'], () => {
      this.mask.paste(after);
      this.masked = true;
      if (isNew) {
        this.labels = [...was.labels, label];
        this.relabeled = true;
      }
    }, () => {
      this.mask.paste(old);
      this.masked = was.masked;
      if (isNew) Object.assign(this, {labels: was.labels,
        relabeled: was.relabeled});
    });
  }

  state() {
    const {labels, relabeled, status, masked} = this;
    return {labels, relabeled, status, masked};
  }

  /** Change labels, status and whether the mask is kept, in one step. */
  set(text, next) {
    const was = this.state();
    const fields = Object.keys(next).map((key) => (
      {relabeled: 'labels', masked: 'mask'}[key] || key));
    this.step(text, [...new Set(fields)], () => Object.assign(this, next),
      () => Object.assign(this, was));
  }

  toggleLabel(label) {
    const has = this.labels.includes(label);
    const labels = has ? this.labels.filter((one) => one !== label)
      : [...this.labels, label];
    // Back at what the stages have, nothing needs to be corrected.
    const {original} = this.detail;
    const same = !this.detail.relabeled && labels.length === original.length
      && labels.every((one) => original.includes(one));
    this.set(`${has ? 'remove' : 'add'} ${label}`,
      {labels, relabeled: !same});
  }

  /** Replace all pixels; masked: whether that is a correction. */
  replace(text, data, masked) {
    const before = this.mask.data.slice();
    const was = this.masked;
    const put = (pixels, flag) => {
      this.mask.data.set(pixels);
      this.masked = flag;
      this.mask.changed(this.mask.whole());
    };
    this.step(text, ['mask'], () => put(data, masked),
      () => put(before, was));
  }

  summary() {
    return {...this.state(), revision: this.revision};
  }
}


