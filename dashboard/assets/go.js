/* Links between the explorer's own pages open without loading the application again. Without this they load it: same result.
   What then changed is said aloud, and the focus goes where reading goes on. */
(() => {
  const pages = new Set(document.currentScript.dataset.pages.split(" "));
  const main = "[data-testid=stMain]";

  const arrive = (within, tries, left) => {
    const app = document.querySelector("[data-testid=stApp]");
    // The run of the new page may not have begun yet: then the heading is still the one that was left.
    const early = !within && tries > 40 && left && document.querySelector(`${main} h1`) === left;
    if (tries && (early || app?.dataset.testScriptState !== "notRunning")) { setTimeout(arrive, 50, within, tries - 1, left); return; }
    const results = within && document.querySelector("#results");
    hold(within, 30);
    const top = results?.getBoundingClientRect().top;
    if (!results) document.querySelector(main)?.scrollTo(0, 0);
    else if (top < 0 || top > innerHeight * 0.6) results.scrollIntoView();
  };

  // A heading that is drawn once more loses the focus: for three seconds it is given back, unless somebody moved it.
  const hold = (within, tries) => {
    const heading = (within && document.querySelector("#results")) || document.querySelector(`${main} h1`);
    if (heading && (tries === 30 || document.activeElement === document.body)) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    if (tries) setTimeout(hold, 100, within, tries - 1);
  };

  addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-testid=stHtml] a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.getAttribute("href"), location.href);
    const here = document.documentElement.lang;
    // The language stands on <html>, which a new page sets.
    if (to.origin !== location.origin || !pages.has(to.pathname) || (to.searchParams.get("lang") ?? here) !== here || to.hash) return;
    event.preventDefault();
    say();
    const within = to.pathname === location.pathname;
    const left = document.querySelector(`${main} h1`);
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: {} })); // what Streamlit listens to
    setTimeout(arrive, 60, within, 100, left);
  });

  // What Streamlit would take out of a page, a drawing, has an address of its own. The links in it are links like others.
  const draw = () => {
    for (const place of document.querySelectorAll("[data-testid=stHtml] [data-drawing]:not([data-asked])")) {
      place.dataset.asked = "";
      fetch(place.dataset.drawing)
        .then((answer) => (answer.ok ? answer.text() : ""))
        .then((drawn) => { place.innerHTML = drawn; }, () => {});
    }
  };

  // How many were found, for those who do not see the heading change.
  const said = document.createElement("span");
  said.className = "t-quiet";
  said.setAttribute("role", "status");
  let before = null;
  let waiting = 0;
  const say = () => {
    const found = document.querySelector("#results")?.textContent.trim() ?? "";
    if (before !== null && found && found !== before) said.textContent = found;
    before = found || before;
  };
  addEventListener("DOMContentLoaded", () => {
    const aside = document.querySelector("aside") ?? document.body;
    aside.append(said);
    new MutationObserver(() => { draw(); clearTimeout(waiting); waiting = setTimeout(say, 400); })
      .observe(document.getElementById("root"), { childList: true, subtree: true, characterData: true });
  });
})();
