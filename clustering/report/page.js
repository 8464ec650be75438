"use strict";
(() => {
  document.documentElement.classList.add("js");
  const clock = (seconds) => {
    const tenths = Math.max(Math.round(seconds * 10), 0);
    const hours = Math.floor(tenths / 36000);
    const minutes = Math.floor(tenths / 600) % 60;
    const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  };
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
      label.textContent = clock(start + part * (end - start));
      cursor.hidden = false;
    });
    plot.addEventListener("pointerleave", () => { cursor.hidden = true; });
  }
})();
