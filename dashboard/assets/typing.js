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
    pauses.set(field, setTimeout(give, PAUSE_MS, field));
  });

  // React hears this as the field being left, which is when it gives its text away. The focus stays.
  const give = (field) => field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  for (const leaving of ["pagehide", "visibilitychange"]) {
    addEventListener(leaving, () => {
      const field = document.activeElement;
      if (field?.matches?.("input, textarea")) give(field);
    }, true);
  }

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
  let untouched = false; // as long as nobody has done anything, a field that is drawn once more has the focus again
  for (const act of ["keydown", "pointerdown"]) addEventListener(act, () => { untouched = false; }, true);
  const begin = () => {
    const start = document.querySelector("#coding-start");
    if (!start) { opened = ""; return; }
    const first = start.dataset.first;
    if (first === opened && !(untouched && document.activeElement === document.body)) return;
    const form = first.split("-").slice(0, 3).join("-");
    const at = place(document.activeElement);
    if (at && at.form !== form) return; // of the form that is going; when it is gone there is another change
    // After saving, reading and writing go on where they were.
    const same = last && last.initiative === form.split("-")[1] ? `${form}-${last.field}` : first;
    const found = [same, first].map((name) => document.querySelector(`.st-key-${CSS.escape(name)} :is(input, textarea)`));
    const field = found[0] ?? found[1];
    if (!field) return;
    untouched = true;
    opened = first;
    const free = document.activeElement === document.body || document.activeElement?.tagName === "BUTTON";
    if (free) field.focus({ preventScroll: field === found[1] && same === first });
  };

  // What has to be seen first: a message, or the field that it speaks of.
  let gone = "";
  const go = () => {
    const note = document.querySelector("[data-go]");
    if (!note || note.dataset.once === gone) return;
    const name = note.dataset.go;
    const to = name ? document.querySelector(`.st-key-${CSS.escape(name)} :is(input, textarea)`) : note;
    if (!to) return;
    gone = note.dataset.once;
    to.focus();
    to.scrollIntoView({ block: "center" });
  };

  // A server that was started anew knows no parts of this page: it has to draw all of it before it can redraw one.
  let connected = "";
  const again = () => {
    const state = document.querySelector("[data-testid=stApp]")?.dataset.testConnectionState ?? "";
    if (state === "CONNECTED" && connected && connected !== state && document.querySelector("#coding-start")) {
      dispatchEvent(new PopStateEvent("popstate", { state: {} })); // what Streamlit listens to
    }
    connected = state;
  };
  new MutationObserver(again)
    .observe(document.documentElement, { subtree: true, attributeFilter: ["data-test-connection-state"] });

  // A message of the page before, come too late, has Streamlit sweep this one away: it is drawn again.
  let swept = 0;
  const drawn = () => {
    const app = document.querySelector("[data-testid=stApp]");
    const quiet = app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED";
    if (!quiet || document.querySelector("[data-testid=stMain] h1")) { clearTimeout(swept); swept = 0; return; }
    swept ||= setTimeout(() => {
      swept = 0;
      dispatchEvent(new PopStateEvent("popstate", { state: {} }));
      setTimeout(drawn, 3000);
    }, 500);
  };

  let waits = 0;
  new MutationObserver(() => {
    if (waits) return;
    waits = setTimeout(() => { waits = 0; tie(); begin(); go(); drawn(); }, 120);
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-test-script-state"] });
})();
