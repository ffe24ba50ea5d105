/* Links between the explorer's own pages open without loading the application again. Without this they load it: same result. */
(() => {
  const pages = new Set(document.currentScript.dataset.pages.split(" "));
  const arrive = (tries) => {
    const app = document.querySelector("[data-testid=stApp]");
    if (tries && (!app || app.dataset.testScriptState !== "notRunning")) { setTimeout(arrive, 50, tries - 1); return; }
    const heading = document.querySelector("[data-testid=stMain] h1");
    if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-testid=stHtml] a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href);
    const here = document.documentElement.lang;
    // The language stands on <html>, which a new page sets.
    if (to.origin !== location.origin || !pages.has(to.pathname) || (to.searchParams.get("lang") ?? here) !== here || to.hash) return;
    event.preventDefault();
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    setTimeout(arrive, 60, 100);
  });
})();
