/** The page as a whole: which image is open and what is done to it. */
import {address, getJSON, getPixels, imagePath} from './api.js';
import {Classes} from './classes.js';
import {Connection} from './connection.js';
import {Doc} from './doc.js';
import {$, fill, make, toast} from './dom.js';
import {Filters} from './filters.js';
import {Fit} from './fit.js';
import {Keys} from './keys.js';
import {Labels} from './labels.js';
import {MaskLayer} from './layers.js';
import {List, statusOf} from './list.js';
import {Looks} from './looks.js';
import {Panel} from './panel.js';
import {Saver} from './saver.js';
import {Stage} from './stage.js';
import {conflictBanner, leftoverBanner} from './banners.js';

const MOST_DOCS = 12;
const STATES = {saved: 'Saved', saving: 'Saving…', offline: 'Not connected',
  failed: 'Not saved', conflict: 'Changed elsewhere'};

export class App extends Looks(Labels(Object)) {
  constructor(about) {
    super();
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
    window.addEventListener('hashchange', () => {
      const name = decodeURIComponent(window.location.hash.slice(1));
      if (this.byName.has(name) && name !== this.wanted) this.open(name);
    });
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

  async open(name) {
    if (this.doc && this.doc.stroke) this.stage.cancel();
    this.wanted = name;
    this.list.setCurrent(name);
    try {
      const doc = await this.load(name);
      if (this.wanted !== name) return;
      this.show(doc);
    } catch (failure) {
      if (this.wanted !== name) return;
      if (failure.kind === 'refused' || !failure.kind) {
        this.broken(name, failure);
      } else this.lost(failure.kind);
    }
  }

  async load(name) {
    const known = this.docs.get(name);
    if (known && (known.busy() || !known.stale)) return known;
    const path = imagePath(name);
    const detail = await getJSON(path);
    if (known && known.takes(detail)) return known;
    const [mask, image] = await Promise.all([getPixels(`${path}/mask`),
      loadImage(name, this.stamp)]);
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
    // While files are being written there will be more.
    if (stamp !== this.stamp && stamp === this.nextStamp
      && this.fit.state !== 'running') await this.reload();
    this.nextStamp = stamp;
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
    for (const doc of this.docs.values()) doc.stale = true;
    if (this.doc && !this.doc.busy()) await this.open(this.doc.name);
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
