// A picture opens large over the page; the link to the file stays for those without script.
const box = document.getElementById("box");
const large = box.querySelector("img");
const caption = box.querySelector("p");
const shots = [...document.querySelectorAll(".g4 a.shot")];
let at = 0;

function show(n) {
  at = (n + shots.length) % shots.length;
  const small = shots[at].querySelector("img");
  large.src = shots[at].href;
  large.alt = small.alt;
  caption.textContent = `${at + 1}. ${small.alt}`;
}

shots.forEach((shot, n) =>
  shot.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(n);
    box.showModal();
  }),
);

for (const button of box.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => show(at + Number(button.dataset.step)));
}
box.addEventListener("click", (event) => {
  if (event.target === box) box.close();
});
box.addEventListener("close", () => shots[at].focus());

// Arrows: the next picture when one is open, else the next set of the cell.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [tabindex='0']")) return;
  if (box.open) {
    event.preventDefault();
    show(at + step);
    return;
  }
  document.querySelector(step < 0 ? ".pager a[rel=prev]" : ".pager a[rel=next]")?.click();
});
