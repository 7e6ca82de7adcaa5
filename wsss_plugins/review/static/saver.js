/** Saves what was changed: first in this browser, then on the server. */
import {Failure, getJSON, getPixels, imagePath, pack, send, unpack}
  from './api.js';

const PAUSE = 350;

export class Saver {
  constructor(workspace, report) {
    this.prefix = `wsss:${workspace}:draft:`;
    this.tab = Math.random().toString(36).slice(2, 10);
    this.report = report;
    this.docs = new Map();
    this.timers = new Map();
    this.sending = new Set();
    this.packing = new Map();
    /** Images that somebody else changed as well. */
    this.conflicts = new Map();
    this.problem = null;
  }

  key(name) { return `${this.prefix}${this.tab}:${name}`; }

  /** Note that a document changed. */
  changed(doc) {
    this.docs.set(doc.name, doc);
    this.keep(doc);
    if (!this.conflicts.has(doc.name)) this.later(doc.name, PAUSE);
    this.tell();
  }

  later(name, pause) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.save(name), pause));
  }

  /** What is not saved yet, of a document, for the server. */
  async draft(doc) {
    const {version} = doc;
    const draft = {revision: doc.revision};
    if (doc.dirty.has('labels')) {
      draft.labels = doc.relabeled ? doc.labels : null;
    }
    if (doc.dirty.has('status')) draft.status = doc.status;
    if (doc.dirty.has('mask')) {
      const data = doc.masked ? doc.mask.data.slice() : null;
      draft.mask = data && await pack(data);
    }
    return {draft, version};
  }

  /** Store the draft in this browser; one at a time, so that the last wins. */
  keep(doc) {
    const before = this.packing.get(doc.name) || Promise.resolve();
    const next = before.then(async () => {
      if (doc.dirty.size === 0) return;
      const {draft} = await this.draft(doc);
      if (doc.dirty.size === 0) return;
      try {
        localStorage.setItem(this.key(doc.name), JSON.stringify(draft));
      } catch (error) { /* full: the server is the first place anyway */ }
    });
    this.packing.set(doc.name, next);
    return next;
  }

  async save(name) {
    const doc = this.docs.get(name);
    if (!doc || doc.dirty.size === 0 || this.sending.has(name)
      || this.conflicts.has(name)) return;
    this.sending.add(name);
    try {
      const {draft, version} = await this.draft(doc);
      const answer = await send(imagePath(name), 'PUT', draft);
      this.done(doc, version, await answer.json());
    } catch (failure) {
      await this.failed(doc, failure);
    } finally {
      this.sending.delete(name);
      this.tell();
    }
  }

  done(doc, version, entry) {
    this.problem = null;
    doc.revision = entry.revision;
    for (const [field, since] of doc.dirty) {
      if (since <= version) doc.dirty.delete(field);
    }
    if (doc.dirty.size === 0) {
      this.docs.delete(doc.name);
      localStorage.removeItem(this.key(doc.name));
    } else {
      this.keep(doc);
      this.later(doc.name, PAUSE);
    }
    this.report.saved(doc.name, doc.summary());
  }

  async failed(doc, failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.kind === 'stale') {
      const entry = failure.details.entry || {};
      const {draft} = await this.draft(doc);
      if (await isSame(doc.name, draft, entry)) {
        // Our own change, whose answer was lost.
        this.done(doc, doc.version, entry);
        return;
      }
      this.conflicts.set(doc.name, entry);
      this.report.conflict(doc.name, entry);
    } else if (failure.kind === 'refused') {
      this.problem = failure.message;
      this.report.refused(doc.name, failure.message);
    } else this.report.lost(failure.kind);
  }

  /** Save everything now; for the moment before something is left. */
  async flush() {
    this.problem = null;
    await Promise.all([...this.docs.keys()].map((name) => {
      clearTimeout(this.timers.get(name));
      return this.save(name);
    }));
  }

  /** Overwrite what somebody else saved. */
  keepMine(name) {
    const doc = this.docs.get(name);
    const entry = this.conflicts.get(name);
    this.conflicts.delete(name);
    if (!doc) return;
    doc.revision = entry.revision || 0;
    this.later(name, 0);
  }

  /** Give up what this page changed. */
  drop(name) {
    this.conflicts.delete(name);
    this.docs.delete(name);
    clearTimeout(this.timers.get(name));
    localStorage.removeItem(this.key(name));
    this.tell();
  }

  waiting() { return this.docs.size; }

  tell() {
    const state = this.conflicts.size ? 'conflict'
      : this.problem ? 'failed'
        : this.docs.size ? 'saving' : 'saved';
    this.report.state(state, this.docs.size);
  }

  /** Drafts that earlier pages could not save: key, name and content. */
  leftovers() {
    const found = [];
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i);
      if (!key.startsWith(this.prefix)) continue;
      const [tab, ...name] = key.slice(this.prefix.length).split(':');
      if (tab === this.tab) continue;
      try {
        found.push({key, name: name.join(':'),
          draft: JSON.parse(localStorage.getItem(key))});
      } catch (error) { localStorage.removeItem(key); }
    }
    return found;
  }

  /** Save the leftovers; gives names saved, and those that clash. */
  async recover() {
    const [saved, clashes] = [[], []];
    for (const one of this.leftovers()) {
      try {
        await send(imagePath(one.name), 'PUT', one.draft);
        localStorage.removeItem(one.key);
        saved.push(one.name);
      } catch (failure) {
        if (failure.kind === 'stale'
          && await isSame(one.name, one.draft, failure.details.entry)) {
          localStorage.removeItem(one.key);
        } else if (failure.kind === 'stale' || failure.kind === 'refused') {
          clashes.push({...one, entry: failure.details.entry || {}});
        } else return {saved, clashes};
      }
    }
    return {saved, clashes};
  }

  /** Save a clashing leftover over what is there. */
  async insist({key, name, draft, entry}) {
    await send(imagePath(name), 'PUT',
      {...draft, revision: entry.revision || 0});
    localStorage.removeItem(key);
  }

  forget({key}) { localStorage.removeItem(key); }
}

/** Whether the server holds just what a draft says. */
async function isSame(name, draft, entry) {
  const text = (value) => JSON.stringify(value ?? null);
  if ('labels' in draft && text(draft.labels) !== text(entry.labels)) {
    return false;
  }
  if ('status' in draft && text(draft.status) !== text(entry.status)) {
    return false;
  }
  if (!('mask' in draft)) return true;
  if (!draft.mask) return !entry.mask;
  if (!entry.mask) return false;
  const [mine, theirs] = [await unpack(draft.mask),
    (await getPixels(`${imagePath(name)}/mask`)).data];
  return mine.length === theirs.length
    && mine.every((value, i) => value === theirs[i]);
}


