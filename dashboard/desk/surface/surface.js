// The triage surface: shows the next item at once, and sends what was decided until it is known to be saved.
//
// What a source wrote is only ever set as text. Streamlit calls `draw` again with every answer; there is one Surface
// a root, so one listener, however often that happens.

import { el, filled, folded, nameOf, typing } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Outbox, newKey } from "./outbox.js";

const RESEND_MS = 2500; // without an answer
const ALIVE_MS = 100_000; // claims are renewed while somebody is here
const IDLE_MS = 600_000;
const LEAVING_MS = 3000; // for the page that somebody goes to, to take the place of this one
const MOST_SENT = 50;
const MOST_UNDONE = 10;

const surfaces = new WeakMap();

export function draw(component) {
  const root = component.parentElement;
  let surface = surfaces.get(root);
  if (!surface) {
    surface = new Surface(root);
    surfaces.set(root, surface);
  }
  surface.hand = component.setStateValue;
  surface.receive(component.data);
  return () => {
    surface.end();
    surfaces.delete(root);
  };
}

class Surface extends Drawing {
  constructor(root) {
    super();
    this.root = root;
    this.link = el("link", { rel: "stylesheet", href: new URL("./surface.css", import.meta.url).href });
    this.body = el("div", { class: "surface" });
    root.append(this.link, this.body);
    this.person = null;
    this.lexicon = null;
    this.onKey = (event) => this.key(event);
    this.onAlive = () => (this.aliveAt = Date.now());
    this.onLine = () => {
      this.status();
      if (navigator.onLine) this.send();
    };
    this.onLeaving = (event) => this.leave(event);
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", this.onLeaving, true);
    for (const kind of ["pointerdown", "keydown", "wheel"])
      document.addEventListener(kind, this.onAlive, { passive: true });
    for (const kind of ["online", "offline"]) window.addEventListener(kind, this.onLine);
    this.timer = setInterval(() => this.tick(), 500);
    this.aliveAt = Date.now();
  }

  end() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onLeaving, true);
    for (const kind of ["pointerdown", "keydown", "wheel"]) document.removeEventListener(kind, this.onAlive);
    for (const kind of ["online", "offline"]) window.removeEventListener(kind, this.onLine);
    clearInterval(this.timer);
    clearTimeout(this.looking);
    clearTimeout(this.fetching);
    this.link.remove();
    this.body.remove();
  }

  /** Everything of another person is forgotten before anything of this one is read. */
  begin(person) {
    this.person = person;
    this.outbox = new Outbox(person);
    this.items = new Map(); // by number
    this.line = []; // numbers, in the order in which they are shown
    this.at = 0;
    this.item = null; // what is on show
    this.painted = false; // whether somebody can have seen it
    this.presses = []; // made before that
    this.gone = new Set(); // number:version that were decided here
    this.hoped = new Set(); // number:version that were taken back here and are not known to be
    this.brought = new Set(); // numbers that were shown again here before the server said so
    for (const entry of this.outbox.entries) this.gone.add(`${entry.item}:${entry.version}`);
    this.drafts = new Map();
    this.made = []; // decisions of this tab, newest first: {uuid, item, said, undone}
    this.last = [];
    this.mode = null; // exclude | evidence | story: which list is open
    this.look = null;
    this.more = null;
    this.ask = null;
    this.found = null;
    this.filters = null;
    this.front = null;
    this.keys = null;
    this.wish = null; // keys that are to be kept
    this.nonce = null; // of the message that is under way
    this.sentAt = 0;
    this.again = false;
    this.leavingAt = -Infinity;
    this.messages = [];
  }

  // ------------------------------------------------------------------------------------------------ to and fro

  receive(data) {
    if (data.signed_out) return this.farewell(data.words);
    if (data.person !== this.person) this.begin(data.person);
    if (data.heard === this.nonce) this.nonce = null;
    if (data.trouble) this.wish = null; // such keys cannot be kept
    this.keys = this.wish ?? data.keys;
    if (
      this.wish &&
      JSON.stringify(this.wish.chosen) === JSON.stringify(data.keys.chosen) &&
      this.wish.on === data.keys.on
    ) {
      this.wish = null;
      this.keys = data.keys;
    }
    if (data.lexicon && data.lexicon.version !== this.lexicon?.version) {
      if (this.lexicon) this.items.clear(); // they speak the other language
      this.lexicon = data.lexicon;
      this.frame();
    }
    if (this.lexicon?.version !== data.said) return this.send();
    this.hearAnswers(data.answers);
    if (data.trouble) this.tell(data.trouble);
    if (this.filters !== null && this.filters !== data.filters) {
      this.line = [];
      this.item = null;
    }
    this.filters = data.filters;
    this.last = data.last;
    this.more = data.more;
    this.found = data.found;
    this.counts = data.counts;
    this.arrange(data);
    this.showAround();
    this.status();
    if (this.again) this.send();
  }

  hearAnswers(answers) {
    for (const answer of answers) {
      const entry = this.outbox.answered(answer.uuid);
      if (!entry) continue;
      if (entry.verdict === "undo") this.hoped.delete(`${entry.item}:${entry.version + 2}`);
      if (answer.ok && entry.verdict === "join" && answer.opens === entry.item)
        this.gone.delete(`${entry.item}:${entry.version}`); // it stands for both
      if (answer.ok) continue;
      this.tell(answer.said);
      this.made = this.made.filter((made) => made.uuid !== answer.uuid);
      for (const made of this.made) if (made.uuid === entry.undoes) made.undone = false;
      if (answer.what === "refused") this.gone.delete(`${entry.item}:${entry.version}`);
    }
  }

  /** Brings what the server holds for this person and what is on show here together. */
  arrange(data) {
    const order = new Map(data.order);
    for (const item of data.items) {
      if (!this.hoped.has(nameOf(this.items.get(item.id) ?? item))) this.items.set(item.id, item);
    }
    const usable = (id) => {
      const item = this.items.get(id);
      if (!item || this.gone.has(nameOf(item))) return false;
      return order.get(id) === item.version || this.hoped.has(nameOf(item));
    };
    const before = this.item;
    this.line = this.line.filter(usable);
    for (const id of order.keys()) if (!this.line.includes(id) && usable(id)) this.line.push(id);
    let place = before ? this.line.indexOf(before.id) : -1;
    if (data.front && data.front.number !== this.front && this.brought.delete(data.front.item))
      this.front = data.front.number;
    if (data.front && data.front.number !== this.front && usable(data.front.item)) {
      this.front = data.front.number;
      const here = place < 0 ? Math.min(this.at, this.line.length) : place;
      this.line = this.line.filter((id) => id !== data.front.item);
      this.line.splice(Math.min(here, this.line.length), 0, data.front.item);
      place = this.line.indexOf(data.front.item);
    } else if (before && place < 0 && !this.gone.has(nameOf(before))) {
      if (this.line.length) this.tell(filled(this.lexicon.words.gone, { number: before.id }));
    } else if (before && place >= 0 && this.items.get(before.id).version !== before.version) {
      if (!this.hoped.has(nameOf(this.items.get(before.id))))
        this.tell(filled(this.lexicon.words.changed, { number: before.id }));
    }
    this.at = Math.max(0, Math.min(place >= 0 ? place : this.at, this.line.length - 1));
    const wanted = this.line.length ? this.items.get(this.line[this.at]) : null;
    if (!wanted || !this.item || nameOf(wanted) !== nameOf(this.item)) this.show();
    if (this.onward && this.at + 1 < this.line.length) this.move(1);
    const lacking = [...order].some(
      ([id, version]) => this.items.get(id)?.version !== version && !this.gone.has(`${id}:${version}`),
    );
    if (lacking) {
      clearTimeout(this.fetching); // not at once again and again, should the server have none
      this.fetching = setTimeout(() => this.send(), Math.max(0, 1000 - (Date.now() - this.sentAt)));
    }
    for (const id of this.items.keys()) {
      if (!order.has(id) && !this.made.some((made) => made.item === id) && this.item?.id !== id) this.items.delete(id);
    }
  }

  /** Hands the outbox and what is wanted to Streamlit; while a message is under way, the next one waits for its answer. */
  send(more = {}, atOnce = false) {
    if (!this.hand || this.person === null) return;
    const underWay = this.nonce && Date.now() - this.sentAt < RESEND_MS && !more.code && !atOnce;
    if (this.leaving || underWay) {
      this.again = true;
      return;
    }
    this.again = false;
    this.nonce = newKey();
    this.sentAt = Date.now();
    this.hand("outbox", {
      person: this.person,
      nonce: this.nonce,
      entries: this.outbox.entries.slice(0, MOST_SENT),
      have: Object.fromEntries([...this.items.values()].map((item) => [item.id, item.version])),
      lexicon: this.lexicon?.version ?? "",
      passed: this.at,
      look: this.look,
      ask: this.ask,
      keys: this.wish ? { on: this.wish.on, keys: this.differing(this.wish.chosen) } : null,
      ...more,
    });
  }

  /** Somebody goes to another page: everything is sent before, and nothing after. Streamlit runs a message for the page
   *  that it was sent from, and would sweep the new one away for it. */
  leave(event) {
    if (!event.target.closest?.("[data-testid=stPageLink-NavLink]")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a tab of its own
    if (this.person === null) return;
    if (this.outbox.size || this.wish) this.send({}, true);
    this.leavingAt = Date.now();
  }

  get leaving() {
    return Date.now() - this.leavingAt < LEAVING_MS;
  }

  differing(chosen) {
    const standard = new Map(this.lexicon.acts.map(([act, , key]) => [act, key]));
    return Object.fromEntries(Object.entries(chosen).filter(([act, key]) => standard.get(act) !== key));
  }

  tick() {
    if (this.person === null || !this.lexicon) return;
    const now = Date.now();
    const waits = this.outbox.size || this.wish || this.again || this.nonce;
    if (waits && now - this.sentAt > RESEND_MS) this.send();
    else if (now - this.sentAt > ALIVE_MS && now - this.aliveAt < IDLE_MS && !document.hidden) this.send();
    this.status();
  }

  // ---------------------------------------------------------------------------------------------------- deciding

  /** What a press does, once what is on show can have been seen: never to an item that was not drawn. */
  press(act) {
    if (this.leaving) return;
    if (this.painted || !this.item) act();
    else if (this.presses.length < 100) this.presses.push(act);
  }

  seen() {
    this.painted = true;
    while (this.presses.length && (this.painted || !this.item)) this.presses.shift()();
  }

  draft() {
    const name = nameOf(this.item);
    if (!this.drafts.has(name)) {
      if (this.drafts.size > 200) this.drafts.clear();
      this.drafts.set(name, { issues: new Set(this.item.issues), countries: [...this.item.countries], note: "" });
    }
    return this.drafts.get(name);
  }

  decide(verdict, more = {}) {
    const item = this.item;
    if (!item || item.decided) return;
    const draft = this.draft();
    const entry = {
      uuid: newKey(),
      item: item.id,
      version: item.version,
      verdict,
      issues: this.lexicon.issues.map(([code]) => code).filter((code) => draft.issues.has(code)),
      countries: draft.countries,
      note: draft.note.slice(0, 2000),
      suggestion: item.suggestion,
      ...more,
    };
    this.outbox.add(entry);
    this.gone.add(nameOf(item));
    if (verdict !== "join")
      this.made.unshift({ uuid: entry.uuid, item: item.id, version: item.version, said: `#${item.id}`, undone: false });
    this.made.length = Math.min(this.made.length, MOST_UNDONE);
    this.line.splice(this.at, 1);
    this.at = Math.max(0, Math.min(this.at, this.line.length - 1));
    this.messages = this.messages.filter((message) => message.fresh-- > 0);
    this.close();
    this.show();
    this.showAround();
    this.status();
    this.send();
  }

  /** This person's decisions that can be taken back, newest first: those of this tab that the server has not told yet too. */
  undoable() {
    const undoing = new Set(
      this.outbox.entries.filter((entry) => entry.verdict === "undo").map((entry) => entry.undoes),
    );
    const told = new Set(this.last.map((one) => one.key));
    const here = this.made
      .filter((made) => !told.has(made.uuid) && this.outbox.has(made.uuid))
      .map((made) => ({
        key: made.uuid,
        item: made.item,
        said: made.said,
        title: "",
        at: "",
        undone: made.undone,
        drafted: null,
      }));
    return [...here, ...this.last]
      .map((one) => ({ ...one, undone: one.undone || undoing.has(one.key) }))
      .slice(0, MOST_UNDONE);
  }

  undo(key = null) {
    const one =
      key === null
        ? this.undoable().find((made) => !made.undone)
        : { key, item: this.item?.id, ...this.undoable().find((made) => made.key === key) };
    if (!one) return this.tell(this.lexicon.words["nothing to undo"]);
    const made = this.made.find((each) => each.uuid === one.key);
    const item = made ? this.items.get(made.item) : null;
    const version = made?.version ?? item?.version ?? 1;
    this.outbox.add({ uuid: newKey(), item: one.item, version, verdict: "undo", undoes: one.key });
    if (made) made.undone = true;
    if (item && made && item.version === made.version) {
      // Deciding and taking back count one version each: what was decided here can be shown again without waiting.
      const back = { ...item, version: item.version + 2 };
      this.items.set(item.id, back);
      this.hoped.add(nameOf(back));
      this.brought.add(item.id);
      this.drafts.set(nameOf(back), this.drafts.get(nameOf(item)) ?? this.freshDraft(back));
      this.line = this.line.filter((id) => id !== item.id);
      this.line.splice(this.at, 0, item.id);
      this.show();
    } else if (this.item?.decided?.key === one.key) {
      this.gone.add(nameOf(this.item));
      this.line.splice(this.at, 1);
      this.at = Math.max(0, Math.min(this.at, this.line.length - 1));
      this.show();
    }
    this.showAround();
    this.status();
    this.send();
  }

  freshDraft(item) {
    return { issues: new Set(item.issues), countries: [...item.countries], note: "" };
  }

  move(step) {
    const to = this.at + step;
    if (to < 0 || to >= this.line.length) {
      if (step > 0 && this.line.length) {
        this.onward = true; // as soon as there are more
        this.send();
      }
      return;
    }
    this.at = to;
    this.close();
    this.show();
    if (step > 0 && this.line.length - this.at < 10) this.send();
  }

  toggle(code) {
    if (!this.item || this.item.decided) return;
    const { issues } = this.draft();
    const name = this.lexicon.issues.find(([each]) => each === code)[1];
    if (issues.delete(code)) this.say(filled(this.lexicon.words["not chosen"], { name }));
    else {
      issues.add(code);
      this.say(filled(this.lexicon.words.chosen, { name }));
    }
    this.showTags();
  }

  addCountry(text) {
    const wanted = folded(text);
    if (!wanted || !this.item) return false;
    const names = this.lexicon.countries;
    const begun = names.filter(([, name]) => folded(name).startsWith(wanted));
    const found =
      names.find(([code, name]) => folded(name) === wanted || code.toLowerCase() === wanted) ??
      (begun.length === 1 ? begun[0] : null);
    if (!found) return false;
    const draft = this.draft();
    if (!draft.countries.includes(found[0])) draft.countries = [...draft.countries, found[0]];
    this.showTags();
    return true;
  }

  // -------------------------------------------------------------------------------------------------------- keys

  key(event) {
    if (!this.lexicon || !this.keys || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const path = event.composedPath();
    if (
      path.some(
        (node) =>
          node instanceof Element &&
          node.matches(
            "dialog, [role=dialog], [role=listbox], [role=menu], [data-baseweb=popover], [data-testid=stPopoverBody]",
          ),
      )
    )
      return;
    if (event.key === "Escape") return this.escape(path);
    if (event.repeat || typing(path[0]) || !this.keys.on) return;
    const onButton =
      path[0] instanceof Element && path[0].closest("button, a, summary, [role=button], [role=tab], [role=radio]");
    if ((event.key === " " || event.key === "Enter") && onButton) return;
    const act = this.actOf(event.key);
    if (!act) return;
    event.preventDefault();
    if (act === "help") this.help.open();
    else this.press(() => (act === "exclude" && this.mode === act ? this.two() : this.run(act)));
  }

  actOf(key) {
    const pressed = key.length === 1 ? key.toLowerCase() : key;
    if (/^[1-9]$/.test(pressed)) return pressed;
    if (pressed === " ") return "hold";
    if (pressed === "Backspace") return "undo";
    return Object.keys(this.keys.chosen).find((act) => this.keys.chosen[act] === pressed) ?? null;
  }

  run(act) {
    if (/^[1-9]$/.test(act)) {
      if (this.mode) this.choose(Number(act) - 1);
      else if (this.lexicon.issues[act - 1]) this.toggle(this.lexicon.issues[act - 1][0]);
      return;
    }
    const does = {
      include: () => this.decide("include"),
      hold: () => this.decide("hold"),
      exclude: () => this.open("exclude"),
      evidence: () => this.open("evidence"),
      story: () => this.open("story"),
      undo: () => this.undo(),
      next: () => this.move(1),
      previous: () => this.move(-1),
      country: () => this.parts.country.focus(),
      note: () => this.parts.note.focus(),
      original: () => this.parts.original.click(),
      search: () => document.querySelector(".st-key-triage-text input")?.focus(),
      help: () => this.help.open(),
    };
    does[act]();
  }

  escape(path) {
    if (path.includes(this.body) && typing(path[0])) this.parts.title.focus();
    else if (typing(path[0])) path[0].blur();
    else this.close();
  }

  // ----------------------------------------------------------------------------------------------- lists to choose

  open(mode) {
    if (!this.item || this.item.decided) return;
    if (this.mode === mode) return this.close();
    this.mode = mode;
    this.twice = false; // whether two reasons are given
    this.first = null; // the first of them
    this.ask = null;
    this.found = null;
    this.showList();
    if (mode !== "exclude" && !this.rows().length) this.parts.search?.focus();
    if (mode !== "exclude" && this.look !== this.item.id) {
      this.look = this.item.id;
      this.send();
    }
  }

  close() {
    if (!this.mode) return;
    const inside = this.parts.list.contains(this.root.activeElement);
    this.mode = null;
    this.ask = null;
    this.found = null;
    this.showList();
    if (inside) this.parts.title.focus();
  }

  /** What the open list offers, in the order of its digits. */
  rows() {
    if (this.mode === "exclude")
      return this.lexicon.reasons.map(([code, label]) => ({ id: code, text: label, why: "" }));
    const near = this.more && this.more.item === this.item?.id ? this.more[this.mode] : [];
    const found = this.ask && this.found?.number === this.ask.number ? this.found.rows : [];
    return [...found, ...near.filter((one) => !found.some((other) => other.id === one.id))].slice(0, 9);
  }

  choose(place) {
    const row = this.rows()[place];
    if (!row) return;
    if (this.mode === "exclude") this.exclude(row);
    else if (this.mode === "evidence") this.decide("evidence", { initiative: row.id });
    else this.decide("join", { other: row.id });
  }

  /** With one reason at once; with two as soon as both are chosen. The first is let go by choosing it again. */
  exclude(row) {
    if (!this.twice) return this.decide("exclude", { reason: row.id });
    if (this.first && this.first !== row.id)
      return this.decide("exclude", { reason: this.first, reasons_more: [row.id] });
    const w = this.lexicon.words;
    this.first = this.first ? null : row.id;
    this.say(filled(this.first ? w.chosen : w["not chosen"], { name: row.text }));
    this.showReasons();
  }

  /** Two reasons instead of one, or one again. */
  two() {
    this.twice = !this.twice;
    this.first = null;
    this.say(filled(this.lexicon.words[this.twice ? "chosen" : "not chosen"], { name: this.lexicon.words["two reasons"] }));
    this.showReasons();
  }

  /** Other keys, from now on, and to be kept. */
  chooseKeys(keys) {
    this.wish = this.keys = keys;
    this.showKeys();
    this.send();
  }

  farewell(words) {
    if (this.lexicon === null || !this.parts) this.body.replaceChildren();
    this.body.replaceChildren(
      el(
        "div",
        { class: "farewell" },
        el("h2", {}, words["signed out"]),
        el("p", {}, el("a", { href: "/login" }, words["sign in"])),
      ),
    );
    this.person = null;
    this.item = null;
    this.lexicon = null;
    this.parts = null;
    document.removeEventListener("keydown", this.onKey);
  }
}
