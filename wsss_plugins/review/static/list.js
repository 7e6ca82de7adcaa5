/** The list of images: only the rows in sight exist. */
import {address} from './api.js';
import {$, make} from './dom.js';

const HEIGHT = 68;
const MORE = 4;
// Thumbnails wait until the list stands still for so long.
const REST = 70;

export function statusOf(item) {
  if (item.status) return item.status;
  return item.masked || item.relabeled ? 'corrected' : 'open';
}

const MARKS = {accepted: '✓', rejected: '✕', corrected: '●', open: ''};

export class List {
  constructor(onOpen) {
    this.box = $('list');
    this.spacer = this.box.querySelector('.spacer');
    this.rows = new Map();
    this.spare = [];
    this.items = [];
    this.current = null;
    this.box.addEventListener('scroll', () => this.render(), {passive: true});
    this.box.addEventListener('click', (event) => {
      const row = event.target.closest('.row');
      if (row) onOpen(row.dataset.name);
    });
    new ResizeObserver(() => this.render()).observe(this.box);
  }

  show(items) {
    this.items = items;
    this.spacer.style.height = `${items.length * HEIGHT}px`;
    this.render(true);
  }

  setCurrent(name, scroll = true) {
    this.current = name;
    const place = this.items.findIndex((item) => item.name === name);
    if (scroll && place >= 0) this.reveal(place);
    this.render(true);
  }

  reveal(place) {
    const {box} = this;
    const [top, height] = [place * HEIGHT, box.clientHeight];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + HEIGHT > box.scrollTop + height) {
      box.scrollTop = top + HEIGHT - height;
    }
  }

  render(all = false) {
    const first = Math.max(0, Math.floor(this.box.scrollTop / HEIGHT) - MORE);
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop
      + this.box.clientHeight) / HEIGHT) + MORE);
    for (const [place, row] of this.rows) {
      if (place < first || place >= last) {
        this.rows.delete(place);
        row.remove();
        this.spare.push(row);
      }
    }
    for (let place = first; place < last; place += 1) {
      const known = this.rows.get(place);
      if (!known || all) this.fill(known || this.newRow(place), place);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.loadThumbs(), REST);
  }

  newRow(place) {
    const row = this.spare.pop() || make('div', {class: 'row',
      role: 'option'}, make('div', {class: 'thumb'}),
    make('span', {class: 'title'}), make('span', {class: 'mark'}),
    make('span', {class: 'sub'}), make('span', {class: 'meter'},
      make('i')));
    row.style.top = `${place * HEIGHT}px`;
    this.rows.set(place, row);
    this.box.append(row);
    return row;
  }

  fill(row, place) {
    const item = this.items[place];
    const [thumb, title, mark, sub, meter] = row.children;
    if (row.dataset.name !== item.name) {
      row.dataset.name = item.name;
      row.title = item.source;
      thumb.replaceChildren();
    }
    row.dataset.status = statusOf(item);
    row.setAttribute('aria-selected', item.name === this.current);
    title.textContent = item.name;
    mark.textContent = MARKS[statusOf(item)];
    sub.textContent = item.labels.join(', ') || 'no label';
    meter.hidden = item.score === null;
    meter.firstChild.style.width = `${(item.score || 0) * 100}%`;
  }

  loadThumbs() {
    for (const row of this.rows.values()) {
      const [thumb] = row.children;
      if (!thumb.firstChild) {
        thumb.append(make('img', {alt: '', decoding: 'async',
          src: address(`thumb/${encodeURIComponent(row.dataset.name)}`)}));
      }
    }
  }
}
