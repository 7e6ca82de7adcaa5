/** Which images the list shows. */
import {$, make} from './dom.js';
import {statusOf} from './list.js';

const STATUSES = [['', 'Status'], ['open', 'Not reviewed'],
  ['accepted', 'Accepted'], ['corrected', 'Corrected'],
  ['rejected', 'Rejected']];

const words = (kind) => kind.charAt(0).toUpperCase()
  + kind.slice(1).replaceAll('_', ' ');

export class Filters {
  constructor(onChange) {
    this.onChange = onChange;
    this.selects = [$('by-class'), $('by-reason'), $('by-status')];
    for (const select of this.selects) {
      select.addEventListener('change', () => this.changed());
    }
    $('find').addEventListener('input', () => this.changed());
    $('clear').addEventListener('click', () => {
      for (const select of this.selects) select.value = '';
      $('find').value = '';
      this.changed();
    });
    this.options(this.selects[2], STATUSES);
  }

  /** Offer what the images have, with counts. */
  offer(items, classes) {
    const labels = new Map(classes.map((name) => [name, 0]));
    const kinds = new Map();
    for (const item of items) {
      for (const label of item.labels) {
        labels.set(label, (labels.get(label) || 0) + 1);
      }
      for (const kind of new Set(item.kinds)) {
        kinds.set(kind, (kinds.get(kind) || 0) + 1);
      }
    }
    const counted = (map, name = (key) => key) => [...map]
      .map(([key, count]) => [key, `${name(key)} (${count})`]);
    this.options(this.selects[0], [['', 'Class'], ...counted(labels)]);
    this.options(this.selects[1], [['', 'Reason'],
      ...counted(kinds, words)]);
    this.selects[1].hidden = kinds.size === 0;
  }

  options(select, pairs) {
    const {value} = select;
    select.replaceChildren(...pairs.map(([key, text]) => (
      make('option', {value: key}, text))));
    select.value = pairs.some(([key]) => key === value) ? value : '';
  }

  changed() {
    for (const select of this.selects) {
      select.classList.toggle('on', select.value !== '');
    }
    $('clear').hidden = !this.any();
    this.onChange();
  }

  any() {
    return $('find').value !== '' || this.selects.some((s) => s.value);
  }

  apply(items) {
    const [label, kind, status] = this.selects.map((s) => s.value);
    const text = $('find').value.trim().toLowerCase();
    return items.filter((item) => (!label || item.labels.includes(label))
      && (!kind || item.kinds.includes(kind))
      && (!status || statusOf(item) === status)
      && (!text || item.source.toLowerCase().includes(text)
        || item.name.toLowerCase().includes(text)));
  }
}
