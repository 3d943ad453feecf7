// Inside Airflow's frame the page follows Airflow's light or dark; alone it follows the system.
(() => {
  if (window.parent === window) return;
  const own = document.documentElement;
  let outer;
  try {
    outer = window.parent.document.documentElement;
  } catch {
    return; // framed by another origin: nothing to follow
  }
  const follow = () => {
    const kept = localStorage.getItem("theme");
    const dark = outer.classList.contains("dark") || kept === "dark";
    const light = outer.classList.contains("light") || kept === "light";
    if (dark) own.dataset.theme = "dark";
    else if (light) own.dataset.theme = "light";
    else delete own.dataset.theme;
  };
  follow();
  new MutationObserver(follow).observe(outer, { attributes: true, attributeFilter: ["class"] });
})();
