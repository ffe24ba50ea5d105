// What the surface looks like: everything in here only draws what `surface.js` has decided.
//
// What a source wrote is only ever set as text.

import { el, filled, nameOf } from "./dom.js";
import { Help } from "./help.js";

const OFFLINE_MS = 4000; // unsaved for so long: it is said
const QUIET_MS = 400; // a moment under way is no news: it would be said after every press
const LOOK_MS = 500; // on show for so long: more about it is asked

export class Drawing {
  /** Everything that does not change with the item, in the language of the desk. */
  frame() {
    const w = this.lexicon.words;
    const p = (this.parts = {});
    const act = (name, look = "") =>
      (p[name] = el(
        "button",
        { type: "button", class: `act ${look}`, onclick: () => this.press(() => this.run(name)) },
        el("kbd", { "aria-hidden": "true" }),
        el("span", {}, w[name]),
      ));
    p.counts = el("p", { class: "counts" });
    p.banner = el("p", { class: "banner", hidden: true }, w.sample);
    p.title = el("h2", { class: "title", tabindex: "-1" });
    p.original = el(
      "a",
      { target: "_blank", rel: "noopener noreferrer", class: "original" },
      el("kbd", { "aria-hidden": "true" }),
      el("span", {}, w.original),
    );
    p.facts = el("p", { class: "facts" });
    p.why = el("div", { class: "why" });
    p.text = el("div", { class: "text" });
    p.decided = el("div", { class: "decided", hidden: true });
    p.article = el("article", { class: "item", hidden: true }, p.banner, p.title, p.facts, p.why, p.decided, p.text);
    p.empty = el("p", { class: "empty" }, w.loading);
    p.list = el("div", { class: "list", role: "group", hidden: true });
    p.near = el("div", { class: "near", hidden: true });
    p.status = el("p", { class: "status", role: "status", "aria-live": "polite" });
    p.messages = el("div", { class: "messages", role: "status", "aria-live": "polite" });
    p.verdicts = el(
      "div",
      { class: "verdicts" },
      act("include", "primary"),
      act("exclude"),
      act("hold"),
      act("evidence"),
      act("story"),
    );
    p.steps = el(
      "div",
      { class: "steps" },
      act("previous", "quiet"),
      act("next", "quiet"),
      act("undo", "quiet"),
      act("help", "quiet"),
    );
    p.code = el("button", { type: "button", class: "act quiet", hidden: true });
    p.code.addEventListener("click", () => this.send({ code: Number(p.code.dataset.number) }));
    p.steps.append(p.code);
    p.bar = el(
      "div",
      { class: "bar", role: "group", "aria-label": w.decision },
      p.messages,
      p.verdicts,
      p.list,
      el("div", { class: "under" }, p.steps, p.status),
    );
    p.issues = el("div", { class: "issues", role: "group", "aria-label": w.issues });
    p.chips = el("ul", { class: "chips" });
    p.country = el("input", {
      id: "country",
      list: "countries",
      autocomplete: "off",
      placeholder: w["add country"],
      "aria-label": w["add country"],
    });
    const add = () => {
      if (this.addCountry(p.country.value)) p.country.value = "";
    };
    p.country.addEventListener("change", add);
    p.country.addEventListener("keydown", (event) => {
      if (event.key === "Enter") add();
    });
    p.note = el("textarea", { id: "note", rows: "2", maxlength: "2000" });
    p.note.addEventListener("input", () => {
      if (this.item) this.draft().note = p.note.value;
    });
    p.tags = el(
      "div",
      { class: "tags" },
      el("h3", {}, w.issues),
      p.issues,
      el("h3", {}, w.countries, " ", (p.countryKey = el("kbd", { "aria-hidden": "true" }))),
      p.chips,
      p.country,
      el("datalist", { id: "countries" }, ...this.lexicon.countries.map(([, name]) => el("option", { value: name }))),
      el("p", { class: "quietly" }, w.suggestions),
      el("label", { for: "note", class: "heading" }, w.note, " ", (p.noteKey = el("kbd", { "aria-hidden": "true" }))),
      p.note,
    );
    p.last = el("ol", { class: "last" });
    p.lastBox = el("details", { class: "lasts" }, el("summary", {}, w.last), p.last);
    p.side = el("div", { class: "side" }, p.bar, p.near, p.tags);
    p.announce = el("div", { class: "hidden", "aria-live": "polite" });
    p.dialog = el("dialog", { class: "help", "aria-labelledby": "help-title" });
    this.help = new Help(p.dialog, this);
    this.body.replaceChildren(
      el(
        "section",
        { class: "desk", "aria-label": w.surface },
        p.counts,
        el("div", { class: "left" }, p.article, p.empty),
        p.side,
        el("div", { class: "foot" }, p.lastBox),
        p.announce,
        p.dialog,
      ),
    );
    this.item = null;
    this.showKeys();
  }

  showKeys() {
    const p = this.parts;
    const { on, chosen } = this.keys;
    const shown = (key) => (key.length === 1 ? key.toUpperCase() : key);
    for (const act of [
      "include",
      "exclude",
      "hold",
      "evidence",
      "story",
      "previous",
      "next",
      "undo",
      "help",
      "original",
    ]) {
      const kbd = p[act].querySelector("kbd");
      kbd.textContent = shown(chosen[act]);
      kbd.hidden = !on;
      if (on) p[act].setAttribute("aria-keyshortcuts", chosen[act].toUpperCase());
      else p[act].removeAttribute("aria-keyshortcuts");
    }
    for (const [kbd, act] of [
      [p.countryKey, "country"],
      [p.noteKey, "note"],
    ]) {
      kbd.textContent = shown(chosen[act]);
      kbd.hidden = !on;
    }
    this.body.classList.toggle("no-keys", !on);
  }

  /** Draws the item at hand; whoever presses from now on means this one, as soon as it was painted. */
  show() {
    const p = this.parts;
    if (!p) return;
    const item = this.line.length ? this.items.get(this.line[this.at]) : null;
    const before = this.item;
    this.item = item ?? null;
    this.look = null;
    this.onward = false;
    clearTimeout(this.looking);
    this.painted = false;
    p.article.hidden = !item;
    p.empty.hidden = Boolean(item);
    p.tags.hidden = !item || Boolean(item.decided);
    for (const act of ["include", "exclude", "hold", "evidence", "story"])
      p[act].disabled = !item || Boolean(item.decided);
    if (!item) {
      p.article.removeAttribute("data-item");
      this.painted = true;
      this.presses = [];
      p.near.hidden = true;
      return;
    }
    this.drawItem(item);
    this.showTags();
    this.showNear();
    if (this.mode) this.close();
    if (before && before.id !== item.id) this.say(filled(this.lexicon.words["next is"], { title: item.title }));
    if (before && before.id !== item.id) this.toTop();
    requestAnimationFrame(() => setTimeout(() => this.item === item && this.seen(), 0));
    this.looking = setTimeout(() => {
      this.look = item.id;
      this.send();
    }, LOOK_MS);
  }

  /** A new item begins at its title, where the page was scrolled beyond it. */
  toTop() {
    const top = this.parts.article.getBoundingClientRect().top;
    if (top < 0) this.parts.article.scrollIntoView({ block: "start" });
  }

  drawItem(item) {
    const p = this.parts;
    const w = this.lexicon.words;
    p.article.setAttribute("data-item", item.id);
    p.article.setAttribute("data-version", item.version);
    p.banner.hidden = !item.sample;
    p.title.textContent = item.title;
    for (const part of [p.title, p.text]) {
      if (item.lang) part.setAttribute("lang", item.lang);
      else part.removeAttribute("lang");
      part.setAttribute("dir", item.dir);
    }
    if (item.url) p.original.setAttribute("href", item.url);
    else p.original.removeAttribute("href");
    p.facts.replaceChildren(
      ...(item.audit ? [el("b", { class: "audit" }, w.audit)] : []),
      ...item.facts.map((fact) => el("span", {}, fact)),
      ...(item.url ? [p.original] : []),
    );
    const pieces = (line) => line.map(([text, look]) => (look ? el("span", { class: look }, text) : text));
    p.why.replaceChildren(
      el("p", {}, ...pieces(item.why.head)),
      ...(item.why.lines.length ? [el("ul", {}, ...item.why.lines.map((line) => el("li", {}, ...pieces(line))))] : []),
      el("p", { class: "note" }, item.why.by),
    );
    p.text.replaceChildren(
      ...item.text.map((line) => el("p", {}, ...line.map((text, place) => (place % 2 ? el("mark", {}, text) : text)))),
    );
    p.decided.hidden = !item.decided;
    p.decided.replaceChildren();
    if (item.decided) {
      p.decided.append(el("p", {}, el("b", {}, w.decided), " ", item.decided.said));
      if (item.decided.key)
        p.decided.append(
          el(
            "button",
            { type: "button", class: "act", onclick: () => this.press(() => this.undo(item.decided.key)) },
            w["take back"],
          ),
        );
    }
  }

  showTags() {
    const p = this.parts;
    const w = this.lexicon.words;
    if (!this.item) return;
    const draft = this.draft();
    const focused = this.root.activeElement?.dataset?.code;
    p.issues.replaceChildren(
      ...this.lexicon.issues.map(([code, label], place) =>
        el(
          "button",
          {
            type: "button",
            class: "tag",
            "aria-pressed": String(draft.issues.has(code)),
            "data-code": code,
            onclick: () => this.toggle(code),
          },
          el("kbd", { "aria-hidden": "true" }, String(place + 1)),
          el("span", {}, label),
          this.item.issues.includes(code)
            ? el("span", { class: "star" }, "*", el("span", { class: "hidden" }, ` ${w.suggested}`))
            : null,
        ),
      ),
    );
    const names = new Map(this.lexicon.countries);
    p.chips.replaceChildren(
      ...draft.countries.map((code) =>
        el(
          "li",
          {},
          el(
            "button",
            {
              type: "button",
              class: "chip",
              "data-code": code,
              "aria-label":
                filled(w.remove, { name: names.get(code) ?? code }) +
                (this.item.countries.includes(code) ? ` (${w.suggested})` : ""),
              onclick: () => {
                draft.countries = draft.countries.filter((other) => other !== code);
                this.showTags();
                p.country.focus();
              },
            },
            `${names.get(code) ?? code}${this.item.countries.includes(code) ? " *" : ""}`,
            el("span", { "aria-hidden": "true", class: "times" }, "×"),
          ),
        ),
      ),
    );
    if (!draft.countries.length) p.chips.append(el("li", { class: "quietly" }, w["no country"]));
    if (focused) [...p.issues.children].find((button) => button.dataset.code === focused)?.focus();
    p.note.value = draft.note;
  }

  showList() {
    const p = this.parts;
    const w = this.lexicon.words;
    for (const act of ["exclude", "evidence", "story"]) p[act].setAttribute("aria-expanded", String(this.mode === act));
    p.list.hidden = !this.mode;
    this.showNear();
    if (!this.mode) return p.list.replaceChildren();
    const title = { exclude: w["why exclude"], evidence: w["which initiative"], story: w["which story"] }[this.mode];
    p.list.setAttribute("aria-label", title);
    p.choices = el("div", { class: "choices" });
    p.search = null;
    const parts = [el("p", { class: "heading" }, title), p.choices];
    if (this.mode !== "exclude") {
      const label = this.mode === "evidence" ? w["find initiative"] : w["find item"];
      p.search = el("input", { type: "search", "aria-label": label, placeholder: label, autocomplete: "off" });
      p.search.addEventListener("input", () => {
        clearTimeout(this.asking);
        this.asking = setTimeout(() => this.searchFor(p.search?.value ?? ""), 250);
      });
      p.search.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          clearTimeout(this.asking);
          this.searchFor(p.search.value);
        }
      });
      parts.push(p.search);
    }
    parts.push(
      el(
        "button",
        { type: "button", class: "act quiet", onclick: () => this.close() },
        el("kbd", { "aria-hidden": "true" }, "Esc"),
        w.cancel,
      ),
    );
    if (this.mode === "exclude") {
      p.two = el(
        "button",
        { type: "button", class: "act choice two", onclick: () => this.press(() => this.two()) },
        el("kbd", { "aria-hidden": "true", hidden: !this.keys.on }, this.keys.chosen.exclude.toUpperCase()),
        el("span", {}, w["two reasons"]),
      );
      parts.splice(2, 0, p.two);
    }
    p.list.replaceChildren(...parts);
    if (this.mode === "exclude") this.showReasons();
    else this.showChoices();
  }

  /** The list of reasons, and whether one or two are being chosen. */
  showReasons() {
    const p = this.parts;
    const w = this.lexicon.words;
    p.two.setAttribute("aria-pressed", String(this.twice));
    p.list.querySelector(".heading").textContent = this.first ? w["first reason"] : w["why exclude"];
    this.showChoices();
    [...p.choices.children].forEach((button, place) => {
      if (this.twice) button.setAttribute("aria-pressed", String(this.rows()[place].id === this.first));
      else button.removeAttribute("aria-pressed");
    });
  }

  searchFor(text) {
    if (!this.mode || !this.item || this.ask?.text === text) return;
    this.ask = {
      number: (this.asked = (this.asked ?? 0) + 1),
      kind: this.mode,
      item: this.item.id,
      text: text.slice(0, 200),
    };
    this.found = null;
    this.showChoices();
    this.send();
  }

  showChoices() {
    const p = this.parts;
    const w = this.lexicon.words;
    if (!this.mode) return;
    const rows = this.rows();
    const before = { exclude: "", evidence: `${w["evidence for"]} `, story: `${w["same as"]} ` }[this.mode];
    const made = JSON.stringify([rows, this.ask, this.found?.number]);
    if (p.choices.dataset.made === made) return;
    p.choices.dataset.made = made;
    p.choices.replaceChildren(
      ...rows.map((row, place) =>
        el(
          "button",
          { type: "button", class: "act choice", onclick: () => this.press(() => this.choose(place)) },
          el("kbd", { "aria-hidden": "true" }, String(place + 1)),
          el(
            "span",
            {},
            this.mode === "exclude" ? row.text : `${before}#${row.id} ${row.text}${row.why ? ` (${row.why})` : ""}`,
          ),
        ),
      ),
    );
    if (!rows.length) {
      const waits = this.ask ? this.found?.number !== this.ask.number : this.more?.item !== this.item?.id;
      p.choices.append(el("p", { class: "quietly" }, waits ? w.searching : w["none found"]));
    }
  }

  /** What may be the same, found while somebody reads: one press away. */
  showNear() {
    const p = this.parts;
    const w = this.lexicon.words;
    const more = this.item && this.more && this.more.item === this.item.id && !this.item.decided ? this.more : null;
    // An open list has the same rows.
    p.near.hidden = Boolean(this.mode) || !more || !(more.evidence.length || more.story.length);
    p.near.replaceChildren();
    if (p.near.hidden) return;
    for (const [kind, title, before, field] of [
      ["evidence", w["may be"], w["evidence for"], "initiative"],
      ["story", w["may tell"], w["same as"], "other"],
    ]) {
      if (!more[kind].length) continue;
      p.near.append(
        el("p", { class: "quietly" }, title),
        ...more[kind].map((one) =>
          el(
            "button",
            {
              type: "button",
              class: "act choice",
              onclick: () => this.press(() => this.decide(kind === "story" ? "join" : kind, { [field]: one.id })),
            },
            `${before} #${one.id} ${one.text} (${one.why})`,
          ),
        ),
      );
    }
  }

  /** What stands around the item: counts, the last decisions, what an open list offers. */
  showAround() {
    const p = this.parts;
    const w = this.lexicon.words;
    if (this.counts) {
      const unsaved = this.outbox.entries.filter(
        (entry) => entry.verdict !== "undo" && entry.verdict !== "join",
      ).length;
      const numbers = { ...this.counts, today: this.counts.today + unsaved };
      for (const name in numbers) numbers[name] = numbers[name].toLocaleString(document.documentElement.lang || "en");
      p.counts.textContent = filled(w.counts, numbers);
    }
    p.empty.textContent = this.nonce || this.outbox.size ? w.loading : w.nothing;
    if (!this.item && !this.line.length) p.empty.hidden = false;
    const undoable = this.undoable();
    p.undo.disabled = !undoable.some((one) => !one.undone);
    p.lastBox.hidden = !undoable.length;
    const drafted = undoable.length && !undoable[0].undone ? undoable[0].drafted : null;
    p.code.hidden = !drafted;
    p.code.dataset.number = drafted ?? "";
    p.code.textContent = drafted ? filled(w.code, { number: drafted }) : "";
    const made = JSON.stringify(undoable);
    if (p.last.dataset.made !== made) {
      p.last.dataset.made = made;
      p.last.replaceChildren(...undoable.map((one) => this.decidedLine(one)));
    }
    this.showNear();
    this.showChoices();
    this.showMessages();
    this.showKeys();
  }

  decidedLine(one) {
    const w = this.lexicon.words;
    return el(
      "li",
      {},
      el("span", { class: "at" }, one.at),
      el(one.undone ? "s" : "span", {}, one.said),
      el("span", { class: "of" }, one.title),
      one.undone
        ? el("span", { class: "quietly" }, w.undone)
        : el(
            "button",
            {
              type: "button",
              class: "act quiet",
              "aria-label": filled(w["undo this"], { said: one.said }),
              onclick: () => this.undo(one.key),
            },
            w.undo,
          ),
      one.drafted && !one.undone
        ? el(
            "button",
            { type: "button", class: "act quiet", onclick: () => this.send({ code: one.drafted }) },
            filled(w.code, { number: one.drafted }),
          )
        : null,
    );
  }

  // --------------------------------------------------------------------------------------------- what is told

  tell(text) {
    if (this.messages.some((message) => message.text === text)) return;
    this.messages.push({ text, fresh: 3 });
    this.messages = this.messages.slice(-4);
    this.showMessages();
  }

  showMessages() {
    if (!this.parts) return;
    const texts = this.messages.map((message) => message.text);
    const now = [...this.parts.messages.children].map((child) => child.textContent);
    if (JSON.stringify(texts) !== JSON.stringify(now))
      this.parts.messages.replaceChildren(...texts.map((text) => el("p", {}, text)));
  }

  /** Heard by a screen reader, seen by nobody. */
  say(text) {
    this.parts.announce.textContent = text;
  }

  status() {
    if (!this.parts) return;
    const w = this.lexicon.words;
    const n = this.outbox.size;
    this.parts.status.dataset.unsent = n;
    const late = n > 0 && Date.now() - this.outbox.since > OFFLINE_MS;
    const silent = this.nonce && Date.now() - this.sentAt > OFFLINE_MS;
    const off = !navigator.onLine || late || silent;
    const fresh = n > 0 && Date.now() - this.outbox.since < QUIET_MS;
    if (fresh && !off && !this.parts.status.classList.contains("off")) return;
    const text = off ? filled(n ? w.offline : w["offline none"], { n }) : n ? filled(w.unsent, { n }) : w.saved;
    if (this.parts.status.textContent !== text) this.parts.status.textContent = text;
    this.parts.status.classList.toggle("off", Boolean(off));
  }
}
