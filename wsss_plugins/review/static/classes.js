/** Names, colors and keys of the classes. */

export const IGNORE = 255;
export const BACKGROUND = 0;

export class Classes {
  constructor(names, palette) {
    this.names = names;
    this.palette = palette;
    this.added = new Set();
  }

  /** Names that corrections brought up and no run knows yet. */
  note(labels) {
    for (const label of labels) {
      if (!this.names.includes(label)) this.added.add(label);
    }
  }

  index(name) { return this.names.indexOf(name); }

  name(index) { return index === IGNORE ? 'unsure' : this.names[index]; }

  color(index) {
    return index === IGNORE ? null : this.palette[index] || [160, 160, 160];
  }

  /** Of a new class: a color of its own, by its place. */
  colorOf(name) {
    const index = this.index(name);
    if (index >= 0) return this.color(index);
    const place = [...this.added].indexOf(name);
    const hue = (place * 137.5 + 40) % 360;
    return [0, 120, 240].map((turn) => Math.round(
      150 + 90 * Math.cos(((hue - turn) * Math.PI) / 180)));
  }

  /** All but the background: those of runs, then new ones. */
  all() { return [...this.names.slice(1), ...this.added]; }

  count() { return this.names.length; }
}
