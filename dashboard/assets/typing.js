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

  let opened = "";
  const begin = () => {
    const start = document.querySelector("#coding-start");
    if (!start) { opened = ""; return; }
    if (start.dataset.form === opened) return;
    const first = [...document.querySelectorAll("[data-testid=stMain] :is(input, textarea)")]
      .find((field) => start.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (!first) return;
    opened = start.dataset.form;
    const at = document.activeElement;
    if (!at || at === document.body || !at.isConnected || at.tagName === "BUTTON") first.focus({ preventScroll: true });
  };

  let waits = 0;
  new MutationObserver(() => {
    if (waits) return;
    waits = setTimeout(() => { waits = 0; tie(); begin(); }, 120);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
