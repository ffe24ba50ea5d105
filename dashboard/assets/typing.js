/* What is typed into a form is not lost: a field of many lines is given to the server after a pause, as Streamlit does
   by itself only when it is left. What is said beside a field is tied to it, and a form that has just been opened takes
   the focus. Without this the forms work all the same. */
(() => {
  const PAUSE_MS = 900;
  const pauses = new WeakMap();

  addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement)) return;
    clearTimeout(pauses.get(field));
    pauses.set(field, setTimeout(() => {
      // React hears this as the field being left, which is when it gives its text away. The focus stays.
      field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    }, PAUSE_MS));
  });

  const tie = () => {
    const told = new Map();
    for (const note of document.querySelectorAll("[data-for]")) {
      const field = document.querySelector(`.st-key-${CSS.escape(note.dataset.for)} :is(input, textarea)`);
      if (field) told.set(field, [...(told.get(field) ?? []), note]);
    }
    for (const field of document.querySelectorAll("[data-told]")) {
      if (told.has(field)) continue;
      for (const name of ["aria-describedby", "aria-invalid", "data-told"]) field.removeAttribute(name);
    }
    for (const [field, notes] of told) {
      field.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
      field.setAttribute("data-told", "");
      if (notes.some((note) => note.classList.contains("d-problem"))) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };

  // Which field of which form, from the name of its widget: code-INITIATIVE-REVISION-FIELD.
  const place = (field) => {
    const names = field?.closest?.("[class*=st-key-code-]")?.className ?? "";
    const found = names.match(/st-key-(code-(\d+)-\d+)-(\S+)/);
    return found && { form: found[1], initiative: found[2], field: found[3] };
  };
  let last = null;
  addEventListener("focusin", (event) => { last = place(event.target) ?? last; });

  let opened = "";
  const begin = () => {
    const start = document.querySelector("#coding-start");
    if (!start) { opened = ""; return; }
    const first = start.dataset.first;
    if (first === opened) return;
    const form = first.split("-").slice(0, 3).join("-");
    const at = place(document.activeElement);
    if (at && at.form !== form) return; // of the form that is going; when it is gone there is another change
    // After saving, reading and writing go on where they were.
    const same = last && last.initiative === form.split("-")[1] ? `${form}-${last.field}` : first;
    const found = [same, first].map((name) => document.querySelector(`.st-key-${CSS.escape(name)} :is(input, textarea)`));
    const field = found[0] ?? found[1];
    if (!field) return;
    opened = first;
    const free = document.activeElement === document.body || document.activeElement?.tagName === "BUTTON";
    if (free) field.focus({ preventScroll: field === found[1] && same === first });
  };

  let waits = 0;
  new MutationObserver(() => {
    if (waits) return;
    waits = setTimeout(() => { waits = 0; tie(); begin(); }, 120);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
