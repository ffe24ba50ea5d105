/* Leaves the page at once: a click on the red button, or Shift three times within five seconds.
   Not Escape, which stops a page from loading. The button is a real link, so it works before this has loaded. */
(() => {
  const link = document.querySelector(".t-leave");
  if (!link) return;
  const said = document.createElement("span");
  said.className = "t-quiet";
  said.setAttribute("role", "status");
  link.parentElement.append(said);
  let presses = [];
  const leave = () => {
    const cover = document.createElement("div");
    cover.className = "t-leave-cover";
    document.documentElement.append(cover);
    document.title = "\u2026";
    window.location.replace(link.href);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift") presses = []; // a capital letter is no wish to leave
  }, true);
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift") return;
    const now = performance.now();
    presses = [...presses.filter((at) => now - at < 5000), now];
    if (presses.length >= 3) leave();
    else said.textContent = presses.length === 2 ? link.dataset.once : link.dataset.twice;
  }, true);
  addEventListener("pageshow", () => {
    presses = [];
    document.querySelectorAll(".t-leave-cover").forEach((cover) => cover.remove());
  });
})();
