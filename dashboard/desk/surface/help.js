// The help: which key does what, another key for it, and the switch that turns all of them off.

import { el, filled } from "./dom.js";

export class Help {
  constructor(dialog, surface) {
    this.dialog = dialog;
    this.surface = surface;
  }

  open() {
    if (this.dialog.open) return;
    this.draw();
    this.dialog.showModal();
  }

  draw(said = "") {
    const w = this.surface.lexicon.words;
    const capture = (act, button) => {
      button.textContent = w["press one"];
      const take = (event) => {
        event.preventDefault();
        event.stopPropagation();
        button.removeEventListener("keydown", take);
        button.removeEventListener("blur", leave);
        if (event.key.length !== 1) return this.draw();
        this.setKey(act, event.key.toLowerCase());
      };
      const leave = () => {
        button.removeEventListener("keydown", take);
        this.draw();
      };
      button.addEventListener("keydown", take);
      button.addEventListener("blur", leave);
    };
    const rows = this.surface.lexicon.acts.map(([act, name]) => {
      const key = this.surface.keys.chosen[act].toUpperCase();
      const button = el(
        "button",
        { type: "button", class: "keycap", "data-act": act, "aria-label": filled(w.shortcut, { name, key }) },
        key,
      );
      button.addEventListener("click", () => capture(act, button));
      return el("tr", {}, el("td", {}, button), el("td", {}, name));
    });
    const fixed = [
      ["1–9", w.digits],
      [this.surface.keys.chosen.exclude.toUpperCase(), w["exclude twice"]],
      ["Esc", w.escape],
    ].map(([key, name]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, name)));
    const on = el("input", { type: "checkbox", id: "keys-on" });
    on.checked = this.surface.keys.on;
    on.addEventListener("change", () => this.setKeys({ ...this.surface.keys, on: on.checked }));
    const focused = this.surface.root.activeElement?.dataset?.act;
    this.dialog.replaceChildren(
      el("h2", { id: "help-title" }, w["keys title"]),
      el("p", { class: "quietly" }, w["keys intro"]),
      el("p", { class: "switch" }, on, el("label", { for: "keys-on" }, w["keys on"])),
      el("p", { class: "told", role: "status" }, said),
      el("table", { role: "presentation" }, el("tbody", {}, ...rows, ...fixed)),
      el(
        "p",
        { class: "steps" },
        el(
          "button",
          {
            type: "button",
            class: "act",
            onclick: () =>
              this.setKeys({
                on: true,
                chosen: Object.fromEntries(this.surface.lexicon.acts.map(([act, , key]) => [act, key])),
              }),
          },
          w.standard,
        ),
        el("button", { type: "button", class: "act primary", onclick: () => this.dialog.close() }, w.close),
      ),
    );
    if (focused) this.dialog.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  setKey(act, key) {
    const w = this.surface.lexicon.words;
    const taken =
      /[0-9\s]/.test(key) ||
      this.surface.lexicon.reserved.includes(key) ||
      Object.entries(this.surface.keys.chosen).some(([other, its]) => other !== act && its === key);
    if (taken) return this.draw(filled(w.taken, { key: key.toUpperCase() }));
    this.setKeys({ on: this.surface.keys.on, chosen: { ...this.surface.keys.chosen, [act]: key } });
  }

  setKeys(keys) {
    this.surface.chooseKeys(keys);
    this.draw();
  }
}
