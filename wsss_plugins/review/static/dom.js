/** Small helpers for elements; text never becomes markup. */

export const $ = (id) => document.getElementById(id);

/** make('button', {class: 'x', onclick: f}, 'text', child, ...) */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren(...children.filter((c) => c !== null));
}

/** A drawing of 24 x 24 from the path of its lines. */
export function icon(path) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export function swatch(color) {
  const box = make('span', {class: color ? 'swatch' : 'swatch unsure'});
  if (color) box.style.background = `rgb(${color.join(',')})`;
  return box;
}

/** A short message over the canvas, with an action or none. */
export function toast(text, action = null, act = null) {
  const box = make('div', {class: 'toast'}, text);
  if (action) {
    box.append(make('button', {
      class: 'link',
      onclick: () => { box.remove(); act(); },
    }, action));
  }
  const all = $('toasts');
  while (all.children.length > 1) all.firstChild.remove();
  all.append(box);
  setTimeout(() => box.remove(), action ? 6000 : 3200);
}
