/** The right side: name, verdict, reasons, overlays, labels, objects. */
import {$, fill, make, swatch} from './dom.js';
import {BACKGROUND, IGNORE} from './classes.js';

export class Panel {
  constructor(app) {
    this.app = app;
    $('accept').onclick = () => app.verdict('accepted');
    $('reject').onclick = () => app.verdict('rejected');
    $('undo').onclick = () => app.undo();
    $('redo').onclick = () => app.redo();
    $('previous').onclick = () => app.go(-1);
    $('next').onclick = () => app.go(1);
    $('reset-mask').onclick = () => app.dropMask();
    $('mask-opacity').oninput = (event) => (
      app.setMaskOpacity(event.target.value / 100));
    $('cam-opacity').oninput = (event) => (
      app.setCamOpacity(event.target.value / 100));
    $('add').oninput = () => this.classes();
    $('add').onkeydown = (event) => this.addKey(event);
  }

  addKey(event) {
    const name = $('add').value.trim();
    if (event.key === 'Escape') {
      $('add').value = '';
      $('canvas').focus();
      this.classes();
    } else if (event.key === 'Enter' && name) {
      const known = this.matches()[0];
      $('add').value = '';
      if (this.app.mode === 'objects') this.app.setActiveName(known || name);
      else this.app.addLabel(known || name);
      $('canvas').focus();
    }
  }

  /** Classes that the text of the field finds, the best first. */
  matches() {
    const text = $('add').value.trim().toLowerCase();
    const all = this.app.classes.all();
    if (!text) return all;
    return all.filter((name) => name.toLowerCase().includes(text))
      .sort((a, b) => b.toLowerCase().startsWith(text)
        - a.toLowerCase().startsWith(text) || a.length - b.length);
  }

  show() {
    const {doc} = this.app;
    document.querySelector('.right').hidden = !doc;
    if (!doc) return;
    const {detail} = doc;
    $('name').textContent = doc.name;
    $('name').title = detail.source;
    $('facts').textContent = `${doc.mask.width} × ${doc.mask.height}`
      + `${detail.split ? ` · ${detail.split}` : ''}`;
    $('why').hidden = detail.score === null;
    if (detail.score !== null) this.reasons(detail);
    this.state();
  }

  reasons({score, reasons}) {
    $('score').textContent = score.toFixed(2);
    fill($('reasons'), ...reasons.map((reason) => {
      const bar = make('i');
      bar.style.width = `${(reason.score || 0) * 100}%`;
      return make('li', {}, make('span', {class: 'meter'}, bar),
        make('span', {}, reason.text || reason.kind));
    }));
    if (!reasons.length) {
      fill($('reasons'), make('li', {}, make('span'), 'Nothing disagrees.'));
    }
  }

  /** What changes while the image is open. */
  state() {
    const {app} = this;
    const {doc} = app;
    if (!doc) return;
    $('accept').setAttribute('aria-pressed', doc.status === 'accepted');
    $('reject').setAttribute('aria-pressed', doc.status === 'rejected');
    const objects = app.mode === 'objects';
    const tool = app.stage.objects;
    $('undo').disabled = objects ? !tool.done.length && !tool.clicks.length
      : doc.place === 0;
    $('redo').disabled = objects ? !tool.undone.length
      : doc.place === doc.steps.length;
    $('reset-mask').hidden = objects || !doc.masked;
    $('position').textContent = app.position();
    $('mask-value').value = `${Math.round(app.maskOpacity * 100)}%`;
    $('cam-value').value = `${Math.round(app.camOpacity * 100)}%`;
    this.cams();
    this.classes();
  }

  cams() {
    const {app} = this;
    const button = (text, value) => make('button', {
      'aria-pressed': app.cam === value,
      onclick: () => app.showCam(value),
    }, text);
    const {cams} = app.doc.detail;
    fill($('cams'), ...(cams.length ? [button('No CAM', null),
      ...cams.map((k) => button(app.classes.name(k), k))]
      : [make('span', {class: 'note'}, 'No CAMs of this image yet')]));
  }

  classes() {
    const {app} = this;
    if (!app.doc) return;
    const objects = app.mode === 'objects';
    $('classes-title').firstChild.data = objects ? 'Objects ' : 'Labels ';
    $('add').placeholder = objects ? 'Find or add a class (L)'
      : 'Find or add a label (L)';
    $('objects').hidden = !objects;
    const shown = this.matches();
    const has = (name) => app.doc.labels.includes(name);
    const [on, off] = [shown.filter(has), shown.filter((n) => !has(n))];
    const text = $('add').value.trim();
    const rows = [];
    if (!objects && !text) rows.push(this.pixels(BACKGROUND, 'background', '0'));
    rows.push(...on.map((name) => this.entry(name)));
    if (off.length && !text) {
      rows.push(make('div', {class: 'gap'}, 'Not in this image'));
    }
    rows.push(...off.map((name) => this.entry(name)));
    if (!objects && !text) rows.push(this.pixels(IGNORE, 'unsure (ignored)', 'U'));
    if (text && !shown.some((n) => n.toLowerCase() === text.toLowerCase())) {
      rows.unshift(make('div', {class: 'note'},
        `Enter adds ${shown.length ? `“${shown[0]}”` : `the new class “${text}”`}`));
    }
    fill($('classes'), ...rows);
    if (objects) this.objects();
  }

  pixels(index, text, key) {
    const {app} = this;
    return make('div', {
      class: `entry ${app.active === index ? 'active' : ''}`,
      title: index ? 'Pixels that no training uses'
        : 'Pixels of none of the classes',
      onclick: () => app.setActive(index),
    }, make('kbd', {}, key),
    swatch(app.classes.color(index)), make('span', {class: 'text'}, text));
  }

  entry(name) {
    const {app} = this;
    const index = app.classes.index(name);
    const has = app.doc.labels.includes(name);
    const active = app.activeName() === name;
    const box = app.mode === 'objects' ? make('span') : make('input', {
      type: 'checkbox', 'aria-label': `${name} is in the image`,
      title: 'In the image (Shift+number)',
      onclick: (event) => {
        event.stopPropagation();
        app.toggleLabel(name);
      },
    });
    box.checked = has;
    const fresh = index < 0 ? make('em', {title: 'No run knows this class '
      + 'yet; fit again, then it can be painted'}, ' new') : null;
    return make('div', {
      class: `entry ${has ? 'on' : ''} ${active ? 'active' : ''}`,
      onclick: () => app.setActiveName(name),
      'data-class': name,
    }, index > 0 ? make('kbd', {}, String(index)) : make('span'),
    swatch(app.classes.colorOf(name)),
    make('span', {class: 'text', title: name}, name, fresh), box);
  }

  objects() {
    const tool = this.app.stage.objects;
    const rows = tool.objects.map((one, place) => make('div', {
      class: `entry on ${tool.chosen === place ? 'active' : ''}`,
      onclick: () => this.app.choose(place),
    }, make('kbd', {}, `#${place + 1}`),
    swatch(this.app.classes.colorOf(one.class)),
    make('span', {class: 'text'}, one.class),
    make('button', {class: 'delete', title: 'Delete this object (Del)',
      'aria-label': 'Delete this object',
      onclick: (event) => {
        event.stopPropagation();
        tool.remove(place);
      }}, '✕')));
    fill($('objects'), make('div', {class: 'gap'},
      `${rows.length || 'No'} object${rows.length === 1 ? '' : 's'} here`),
    ...rows);
  }
}
