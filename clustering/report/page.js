const known = JSON.parse(document.getElementById("player-data").textContent);

/** Write seconds of a film as data/shots/timecode.py does; as a clock where it has no timecode. */
function timeOf(film, seconds) {
  const two = (number) => String(number).padStart(2, "0");
  if (!film?.nominal) {
    const tenths = Math.max(Math.round(seconds * 10), 0);
    const [hours, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
    const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  }
  let number = Math.max(Math.floor(film.start + seconds * film.rate + 0.01), 0);
  const dropped = film.drop ? film.nominal / 15 : 0;
  const perMinute = 60 * film.nominal - dropped;
  const perTen = 10 * perMinute + dropped;
  number %= 144 * perTen;
  if (dropped) {
    const minutes = Math.floor(Math.max((number % perTen) - dropped, 0) / perMinute);
    number += dropped * (9 * Math.floor(number / perTen) + minutes);
  }
  const all = Math.floor(number / film.nominal);
  const frames = String(number % film.nominal).padStart(Math.max(String(film.nominal - 1).length, 2), "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return `${two(hours)}:${two(minutes)}:${two(all % 60)}${film.drop ? ";" : ":"}${frames}`;
}

(() => {
  document.documentElement.classList.add("js");
  for (const panel of document.querySelectorAll(".timeline")) {
    const inner = panel.querySelector(".tl-inner");
    const scroll = panel.querySelector(".tl-scroll");
    const plot = panel.querySelector(".tl-plot");
    const range = panel.querySelector(".zoom input");
    range.addEventListener("input", () => {
      const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / inner.offsetWidth;
      const step = Number(range.value);
      inner.style.setProperty("--zoom", String(2 ** step));
      inner.classList.toggle("z2", step === 2 || step === 3);
      inner.classList.toggle("z3", step > 3);
      range.setAttribute("aria-valuetext", `${2 ** step} times`);
      scroll.scrollLeft = middle * inner.offsetWidth - scroll.clientWidth / 2;
    });
    if (plot.dataset.end === undefined) continue;
    const start = Number(plot.dataset.start);
    const end = Number(plot.dataset.end);
    const cursor = document.createElement("div");
    const label = document.createElement("span");
    cursor.className = "cursor";
    cursor.hidden = true;
    cursor.append(label);
    plot.append(cursor);
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      cursor.style.left = `${part * 100}%`;
      cursor.classList.toggle("flip", part > 0.9);
      const at = start + part * (end - start);
      label.textContent = plot.dataset.film === undefined
        ? known.photos[Math.min(Math.floor(at), known.photos.length - 1)][0]
        : timeOf(known.films[plot.dataset.film], at);
      cursor.hidden = false;
    });
    plot.addEventListener("pointerleave", () => { cursor.hidden = true; });
  }
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const fold = target && target.querySelector(":scope > details.fold");
    if (fold) fold.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  for (const link of document.querySelectorAll("nav.jump a")) {
    link.addEventListener("click", () => setTimeout(unfold));
  }
})();
