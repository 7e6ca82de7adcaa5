/** What a person must decide. */
import {$, fill, make} from './dom.js';

function banner(...content) {
  fill($('banner'), ...content);
  $('banner').classList.remove('bad');
  $('banner').hidden = false;
}

const hide = () => { $('banner').hidden = true; };

/** The image was changed in another tab while it was changed here. */
export function conflictBanner(app, name) {
  banner(make('b', {}, `${name} was changed in another tab as well.`),
    make('p', {}, 'Nothing was overwritten: what you changed here is kept in '
      + 'this browser until you decide.'),
    make('div', {class: 'line'},
      make('button', {class: 'button', id: 'take-theirs', onclick: async () => {
        hide();
        app.saver.drop(name);
        app.docs.delete(name);
        await app.open(name);
        app.update(name, app.doc.summary());
      }}, 'Show what was saved there'),
      make('button', {class: 'button', id: 'keep-mine', onclick: () => {
        hide();
        app.saver.keepMine(name);
        app.saver.tell();
      }}, 'Overwrite it with mine')));
}

/** Earlier pages kept changes of images that were changed since. */
export function leftoverBanner(app, clashes) {
  const [first, ...rest] = clashes;
  const next = async () => {
    hide();
    if (rest.length) leftoverBanner(app, rest);
    else await app.reload();
  };
  banner(make('b', {}, `An earlier page kept changes of ${first.name}.`),
    make('p', {}, 'The image was changed since by another page. Keep which?'),
    make('div', {class: 'line'},
      make('button', {class: 'button', onclick: () => {
        app.saver.forget(first);
        next();
      }}, 'What is saved'),
      make('button', {class: 'button', onclick: async () => {
        await app.saver.insist(first);
        app.docs.delete(first.name);
        next();
      }}, 'The earlier page’s')));
}
