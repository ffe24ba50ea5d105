/* Search in the pages themselves: the index is fetched from this site, the words stay in this field. Accents and case
   do not matter, every word must be found. Without this script, or when the index does not come, the form asks the explorer. */
(() => {
  const form = document.querySelector("form.search");
  if (!form || !window.fetch) return;
  const field = form.elements.q;
  const status = form.querySelector("[role=status]");
  const list = form.querySelector(".found");
  const told = form.dataset;
  const MOST = 50;
  const portions = [];
  let run = 0;

  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const portion = (number) => portions[number] ??= fetch(`${told.index}${number}.json`, { credentials: "omit" })
    .then((answer) => answer.ok ? answer.json() : Promise.reject(answer.status))
    .then(({ codes, rows }) => rows.map(([id, title, own, date, language]) => {
      const about = own.split(" ").filter(Boolean).map((code) => codes[code]);
      return { id, title, about, date, language, words: folded(`${id} ${title} ${about.join(" ")} ${date}`) };
    }));

  const line = (one) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${told.place}initiative/${one.id}.html`;
    link.textContent = one.title || one.id;
    if (one.language) { link.lang = one.language; link.dir = "auto"; }
    const meta = document.createElement("p");
    meta.className = "t-meta";
    for (const said of [...one.about, one.date].filter(Boolean)) {
      const part = document.createElement("span");
      part.textContent = said;
      meta.append(part);
    }
    item.append(link, meta);
    return item;
  };

  const search = async () => {
    const mine = ++run;
    const words = folded(field.value).split(/\s+/).filter(Boolean);
    if (!words.length) { list.replaceChildren(); status.textContent = ""; return; }
    status.textContent = told.wait;
    const found = [];
    for (let number = 1; number <= Number(told.portions) && found.length <= MOST; number++) {
      const rows = await portion(number);
      if (mine !== run) return; // something else was typed in the meantime
      found.push(...rows.filter((one) => words.every((word) => one.words.includes(word))));
    }
    list.replaceChildren(...found.slice(0, MOST).map(line));
    status.textContent = !found.length ? told.none
      : found.length > MOST ? told.most.replace("{n}", MOST) : told.found.replace("{n}", found.length);
  };

  let asking = false;
  form.addEventListener("submit", (event) => {
    if (asking) return;
    event.preventDefault();
    search().catch(() => { asking = true; form.submit(); });
  });
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { search().catch(() => { portions.length = 0; status.textContent = ""; }); }, 250);
  });
  addEventListener("pagehide", () => { field.value = ""; list.replaceChildren(); status.textContent = ""; });
})();
