/** The page as a whole: which image is open and what is done to it. */
import {address, getJSON, getPixels, imagePath} from './api.js';
import {BACKGROUND, Classes, IGNORE} from './classes.js';
import {Connection} from './connection.js';
import {Doc} from './doc.js';
import {$, fill, make, toast} from './dom.js';
import {Filters} from './filters.js';
import {Fit} from './fit.js';
import {Keys} from './keys.js';
import {MaskLayer, camSheet} from './layers.js';
import {List, statusOf} from './list.js';
import {Panel} from './panel.js';
import {Saver} from './saver.js';
import {Stage} from './stage.js';
import {conflictBanner, leftoverBanner} from './banners.js';
import {showStrip} from './strip.js';

const MOST_DOCS = 12;
const STATES = {saved: 'Saved', saving: 'Saving…', offline: 'Not connected',
  failed: 'Not saved', conflict: 'Changed elsewhere'};

export class App {
  constructor(about) {
    this.about = about;
    this.classes = new Classes(about.classes, about.palette);
    this.generator = about.generator;
    this.revision = about.revision;
    this.stamp = about.stamp;
    Object.assign(this, {mode: 'mask', doc: null, active: 1, brush: 24,
      maskOpacity: 0.5, camOpacity: 0.7, cam: null, newName: null,
      wanted: null});
    this.docs = new Map();
    this.items = [];
    this.byName = new Map();
    $('title').textContent = about.title;
    document.title = `${about.title} · review`;
    this.saver = new Saver(about.id, {
      saved: (name, state) => this.update(name, state),
      state: (state) => this.saved(state),
      conflict: (name, entry) => conflictBanner(this, name, entry),
      refused: (name, text) => this.problem(`${name}: ${text}`),
      lost: (kind) => this.lost(kind),
    });
    this.stage = new Stage(this);
    this.panel = new Panel(this);
    this.list = new List((name) => this.open(name));
    this.filters = new Filters(() => this.filter());
    this.fit = new Fit(this);
    this.keys = new Keys(this);
    this.connection = new Connection(this);
    $('mode-mask').onclick = () => this.setMode('mask');
    $('mode-objects').onclick = () => this.setMode('objects');
    window.addEventListener('pagehide', () => this.saver.flush());
    this.view.layers = () => this.layers();
    this.setMode('mask');
  }

  async start() {
    await this.loadList();
    const {hash} = window.location;
    const asked = decodeURIComponent(hash.slice(1));
    const first = this.byName.has(asked) ? asked
      : (this.shown.find((item) => statusOf(item) === 'open')
        || this.shown[0]).name;
    this.connection.start();
    const {saved, clashes} = await this.saver.recover();
    if (saved.length) {
      await this.loadList();
      toast(`Saved what an earlier page kept: ${saved.length} image${
        saved.length > 1 ? 's' : ''}`);
    }
    await this.open(first);
    if (clashes.length) leftoverBanner(this, clashes);
  }

  async loadList() {
    const {images, revision, stamp} = await getJSON('api/images');
    Object.assign(this, {items: images, revision, stamp});
    this.byName = new Map(images.map((item) => [item.name, item]));
    for (const item of images) this.classes.note(item.labels);
    this.filters.offer(images, this.about.classes.slice(1));
    this.filter();
  }

  filter() {
    this.shown = this.filters.apply(this.items);
    this.list.show(this.shown);
    const all = this.items.length;
    const order = this.about.ranked ? 'worst first' : 'by name';
    $('count').textContent = this.shown.length === all
      ? `${all} image${all === 1 ? '' : 's'}, ${order}`
      : `${this.shown.length} of ${all}`;
    this.progress();
    if (this.doc) this.panel.state();
  }

  progress() {
    const done = this.items.filter((i) => statusOf(i) !== 'open').length;
    const all = this.items.length;
    $('progress-text').textContent = `${done} of ${all} reviewed`;
    $('progress-done').style.width = `${(100 * done) / Math.max(1, all)}%`;
  }

  /** Note the new state of an image in the list. */
  update(name, state) {
    const item = this.byName.get(name);
    if (!item) return;
    Object.assign(item, state);
    this.classes.note(item.labels);
    this.list.render(true);
    this.progress();
  }

  async open(name, fresh = false) {
    if (this.doc && this.doc.stroke) this.stage.cancel();
    this.wanted = name;
    this.list.setCurrent(name);
    try {
      const doc = await this.load(name, fresh);
      if (this.wanted !== name) return;
      this.show(doc);
    } catch (failure) {
      if (this.wanted !== name) return;
      if (failure.kind === 'refused' || !failure.kind) {
        this.broken(name, failure);
      } else this.lost(failure.kind);
    }
  }

  async load(name, fresh) {
    const known = this.docs.get(name);
    if (known && (known.busy() || !fresh)) {
      const item = this.byName.get(name);
      if (known.busy() || item.revision === known.revision) return known;
    }
    const path = imagePath(name);
    const [detail, mask, image] = await Promise.all([getJSON(path),
      getPixels(`${path}/mask`), loadImage(name, this.stamp)]);
    const doc = new Doc(detail, image, mask);
    doc.layer = new MaskLayer(doc.mask, this.classes, this.maskOpacity);
    doc.onChange((one) => this.docChanged(one));
    this.docs.delete(name);
    this.docs.set(name, doc);
    for (const [old, one] of this.docs) {
      if (this.docs.size <= MOST_DOCS) break;
      if (!one.busy() && one !== this.doc) this.docs.delete(old);
    }
    return doc;
  }

  show(doc) {
    const same = this.doc && this.doc.name === doc.name;
    if (!same) {
      this.stage.tool().cancel();
      if (doc.labels.length) this.pickActive(doc);
    }
    this.doc = doc;
    doc.layer.setOpacity(this.maskOpacity);
    history.replaceState(null, '', `#${encodeURIComponent(doc.name)}`);
    $('empty').hidden = true;
    if (!same) this.view.fitted = true;
    this.view.show(doc.image, doc.mask.width, doc.mask.height);
    this.classes.note(doc.labels);
    const wanted = this.cam !== null && doc.detail.cams.length
      ? doc.detail.cams.includes(this.cam) ? this.cam : doc.detail.cams[0]
      : null;
    this.camCanvas = null;
    this.panel.show();
    this.showCam(wanted);
    this.strip();
    if (!same || this.mode === 'objects') {
      this.stage.objects.load(doc.name).catch((f) => this.problem(f.message));
    }
    this.prefetch();
  }

  broken(name, failure) {
    this.doc = null;
    this.view.clear();
    this.panel.show();
    this.strip();
    $('empty').textContent = failure.message || 'The image cannot be shown.';
    $('empty').hidden = false;
  }

  /** Have the next image at hand. */
  prefetch() {
    const next = this.neighbor(1);
    if (next) {
      const image = new Image();
      image.src = address(`image/${encodeURIComponent(next)}?v=${
        encodeURIComponent(this.stamp)}`);
    }
  }

  docChanged(doc) {
    this.update(doc.name, doc.summary());
    this.saver.changed(doc);
    if (doc === this.doc) {
      this.panel.state();
      this.view.draw();
    }
  }

  layers() {
    const {doc} = this;
    const found = [];
    if (this.camCanvas) {
      found.push({sheet: this.camCanvas, opacity: this.camOpacity,
        smooth: true});
    }
    if (this.mode === 'mask' && this.maskOpacity > 0) {
      found.push({sheet: doc.layer.canvas});
    }
    return found;
  }

  // Going through the images

  position() {
    const place = this.shown.findIndex((i) => i.name === this.doc.name);
    return `${place < 0 ? '–' : place + 1} / ${this.shown.length}`;
  }

  neighbor(step) {
    const place = this.shown.findIndex((i) => i.name === this.wanted);
    const next = this.shown[place + step];
    return next ? next.name : null;
  }

  go(step) {
    const next = this.neighbor(step);
    if (next) this.open(next);
    else toast(step > 0 ? 'This is the last image of the list'
      : 'This is the first image of the list');
  }

  nextOpen() {
    const place = this.shown.findIndex((i) => i.name === this.wanted);
    const rest = [...this.shown.slice(place + 1), ...this.shown.slice(0,
      place)];
    const next = rest.find((item) => statusOf(item) === 'open');
    if (next) this.open(next.name);
    else toast('All images of the list are reviewed');
  }

  verdict(status) {
    const {doc} = this;
    if (!doc || doc.stroke) return;
    const same = doc.status === status;
    // The mask that was accepted stays as it is, whatever runs later.
    const keep = status === 'accepted' && !same && !doc.masked
      && doc.detail.has_mask;
    doc.set(same ? 'take back' : status, keep
      ? {status, masked: true} : {status: same ? null : status});
    if (same) return;
    toast(`${status === 'accepted' ? 'Accepted' : 'Rejected'} ${doc.name}`,
      'Undo', () => {
        doc.undo();
        this.open(doc.name);
      });
    if (this.neighbor(1)) this.go(1);
  }

  undo() {
    if (this.mode === 'objects') this.stage.objects.undo();
    else if (this.doc) {
      const text = this.doc.undo();
      if (text) toast(`Undone: ${text}`);
    }
  }

  redo() {
    if (this.mode === 'objects') this.stage.objects.redo();
    else if (this.doc) this.doc.redo();
  }

  // Labels and classes

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
      this.panel.classes();
      this.strip();
    } else this.tellNew(name);
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

  // Looks

  setMode(mode) {
    this.stage.tool().cancel();
    this.mode = mode;
    for (const one of ['mask', 'objects']) {
      $(`mode-${one}`).setAttribute('aria-checked', one === mode);
    }
    if (mode === 'objects' && this.stage.name !== 'hand') {
      this.stage.name = 'brush';
    }
    this.stage.refresh();
    this.panel.state();
  }

  toggleMode() { this.setMode(this.mode === 'mask' ? 'objects' : 'mask'); }

  refreshObjects() {
    this.panel.state();
    this.strip();
    this.view.draw();
  }

  choose(place) {
    this.stage.objects.chosen = place;
    this.refreshObjects();
  }

  objectsSaved(name, count) {
    this.update(name, {objects: count});
  }

  setMaskOpacity(value) {
    this.maskOpacity = value;
    $('mask-opacity').value = value * 100;
    $('mask-value').value = `${Math.round(value * 100)}%`;
    if (this.doc) this.doc.layer.setOpacity(value);
    this.view.draw();
  }

  toggleMask() {
    if (this.maskOpacity > 0) this.maskBefore = this.maskOpacity;
    this.setMaskOpacity(this.maskOpacity > 0 ? 0 : this.maskBefore || 0.5);
  }

  setCamOpacity(value) {
    this.camOpacity = value;
    $('cam-value').value = `${Math.round(value * 100)}%`;
    this.view.draw();
  }

  async showCam(label) {
    const {doc} = this;
    const {cam} = this;
    this.cam = label;
    if (label === null) this.camCanvas = null;
    this.panel.state();
    if (label !== null) {
      try {
        const found = await getPixels(
          `${imagePath(doc.name)}/cam?label=${label}`);
        if (doc === this.doc && this.cam === label) {
          this.camCanvas = camSheet(found);
        }
      } catch (failure) {
        this.cam = cam === label ? null : cam;
        toast(failure.message);
      }
    }
    this.view.draw();
  }

  nextCam() {
    if (!this.doc) return;
    const all = [null, ...this.doc.detail.cams];
    this.showCam(all[(all.indexOf(this.cam) + 1) % all.length]);
  }

  setBrush(step) {
    const next = Math.round(this.brush * (step > 0 ? 1.25 : 0.8)) || 1;
    this.brush = Math.min(120, Math.max(1, next === this.brush
      ? next + step : next));
    this.strip();
    this.view.draw();
  }

  cssColor(index) {
    return `rgb(${(this.classes.color(index) || [230, 230, 220]).join(',')})`;
  }

  strip() { showStrip(this); }

  // What the server and other pages do

  saved(state) {
    const shown = this.connection && this.connection.lostAs ? 'offline'
      : state;
    $('saved').dataset.state = shown;
    $('saved').lastElementChild.textContent = STATES[shown];
  }

  problem(text) {
    fill($('banner'), make('b', {}, 'Not saved'), make('p', {}, text,
      ' What you changed is kept in this browser.'),
    make('button', {class: 'button', onclick: () => {
      $('banner').hidden = true;
      this.saver.flush();
    }}, 'Try again'));
    $('banner').classList.add('bad');
    $('banner').hidden = false;
  }

  lost(kind) { this.connection.lost(kind); }

  async back() {
    await this.saver.flush();
    this.saver.tell();
    await this.reload();
    toast('Connected again');
  }

  async changed({images, revision, stamp}) {
    if (stamp !== this.stamp) await this.reload();
    this.revision = Math.max(this.revision, revision);
    for (const [name, state] of Object.entries(images)) {
      const doc = this.docs.get(name);
      const known = doc && (doc.busy() || doc.revision === state.revision);
      if (known || this.saver.docs.has(name)) continue;
      this.update(name, state);
      this.docs.delete(name);
      if (this.doc && this.doc.name === name && !this.doc.stroke) {
        await this.open(name);
        toast('Changed in another tab; shown as saved there');
      }
    }
  }

  /** Read again what stages wrote; what was not saved yet stays. */
  async reload() {
    const about = await getJSON('api/workspace');
    this.about = about;
    this.generator = about.generator;
    this.classes.names = about.classes;
    this.classes.palette = about.palette;
    this.classes.added.clear();
    await this.loadList();
    for (const [name, doc] of this.docs) {
      if (!doc.busy()) this.docs.delete(name);
    }
    if (this.doc && !this.doc.busy()) await this.open(this.doc.name, true);
  }
}

async function loadImage(name, stamp) {
  const image = new Image();
  image.src = address(`image/${encodeURIComponent(name)}?v=${
    encodeURIComponent(stamp)}`);
  await image.decode().catch(() => {
    throw new Error('The image cannot be shown; see the terminal.');
  });
  return image;
}
