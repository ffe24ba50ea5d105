/* What was typed into a form does not stay behind when the page is left: by the red button, the keys, or any other way. */
(() => {
  const clear = () => {
    for (const field of document.querySelectorAll("[data-clear] input:not([type=hidden]), [data-clear] textarea, [data-clear] select")) field.value = "";
  };
  document.querySelector(".t-leave")?.addEventListener("click", clear, true);
  addEventListener("pagehide", clear); // after a form was sent, too: what it sends was read by then
})();
