/** What the page does with labels, classes and pixels. */
import {getPixels, imagePath} from './api.js';
import {BACKGROUND, IGNORE} from './classes.js';
import {toast} from './dom.js';

export const Labels = (Base) => class extends Base {
  pickActive(doc) {
    const index = this.classes.index(doc.labels[0]);
    const current = this.activeName();
    if (index > 0 && !doc.labels.includes(current)) this.active = index;
    this.newName = null;
  }

  activeName() {
    if (this.newName) return this.newName;
    return this.active === BACKGROUND || this.active === IGNORE ? null
      : this.classes.name(this.active);
  }

  setActive(index) {
    if (index !== IGNORE && index >= this.classes.count()) return;
    this.newName = null;
    this.active = index;
    this.relabelChosen();
    this.panel.classes();
    this.strip();
    this.view.draw();
  }

  setActiveName(name) {
    const index = this.classes.index(name);
    if (index > 0) this.setActive(index);
    else if (this.mode === 'objects') {
      this.newName = name;
      this.classes.note([name]);
      this.relabelChosen();
      this.panel.classes();
      this.strip();
    } else this.tellNew(name);
  }

  /** The class that is chosen becomes that of the chosen object. */
  relabelChosen() {
    const tool = this.stage.objects;
    const name = this.activeName();
    const one = this.mode === 'objects' && tool.objects[tool.chosen];
    if (!one || !name || one.class === name) return;
    tool.relabel(tool.chosen, name);
    toast(`Object #${tool.chosen + 1} is ${name} now`, 'Undo',
      () => tool.undo());
  }

  tellNew(name) {
    toast(`“${name}” is a new class: fit again, then it can be painted`,
      'Fit again', () => this.fit.open());
  }

  toggleLabel(name) {
    if (this.doc) this.doc.toggleLabel(name);
  }

  toggleNumber(number) {
    if (number > 0 && number < this.classes.count()) {
      this.toggleLabel(this.classes.name(number));
    }
  }

  addLabel(name) {
    const {doc} = this;
    if (!doc) return;
    if (name.toLowerCase() === 'background') {
      toast('Background is no label');
      return;
    }
    this.classes.note([name]);
    if (!doc.labels.includes(name)) doc.toggleLabel(name);
    this.setActiveName(name);
  }

  /** Whether pixels may get a class; says why not. */
  canPaint() {
    if (this.doc && !this.saver.conflicts.has(this.doc.name)) return true;
    toast('Decide first which version to keep');
    return false;
  }

  finish(text, value) {
    const label = value === BACKGROUND || value === IGNORE ? null
      : this.classes.name(value);
    const added = label && !this.doc.labels.includes(label);
    this.doc.end(text, label);
    if (added && this.doc.labels.includes(label)) {
      toast(`Added the label ${label}`);
    }
  }

  async dropMask() {
    const {doc} = this;
    const mask = await getPixels(`${imagePath(doc.name)}/mask?stages=1`);
    doc.replace('drop the corrected mask', mask.data, false);
  }
};
