/** The player, larger pictures, and what is copied. */
(() => {
  const find = (selector) => document.querySelector(selector);
  const player = find("#player");
  const video = player.querySelector("video");
  const lost = player.querySelector(".player-lost");
  const films = player.querySelector(".player-film");
  const time = player.querySelector(".player-time");
  const large = find("#large");
  const toast = find("#toast");
  const plots = [...document.querySelectorAll(".tl-plot[data-film]")];
  const photoPlots = [...document.querySelectorAll(".tl-plot[data-photos]")];
  const AFTER_S = 0.002; // behind the start of a picture, so that rounding does not show the last one
  let film = -1;
  let person = null;

  // The result folder, for commands that are copied: only an opened file knows where it is.
  if (location.protocol === "file:") {
    const page = decodeURIComponent(location.pathname);
    const windows = /^\/[A-Za-z]:\//.test(page);
    let folder = page.slice(windows ? 1 : 0, page.lastIndexOf("/")) || "/";
    if (!/^[\w./:@+-]+$/.test(folder)) {
      folder = windows ? `"${folder}"` : `'${folder.replaceAll("'", "'\\''")}'`;
    }
    for (const name of document.querySelectorAll(".result-name")) name.textContent = folder;
  }

  for (const [place, own] of known.films.entries()) films.add(new Option(own.name, place));
  films.hidden = known.films.length < 2;

  const say = (text) => {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { toast.hidden = true; }, 2000);
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // a page that is not secure has no clipboard
      const field = document.createElement("textarea");
      field.value = text;
      (large.open ? large : document.body).append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    say(`Copied ${text}`);
  };

  const shots = () => known.people[person]?.shots ?? [];
  const isBefore = (shot, place, seconds) => shot[0] < place || (shot[0] === place && shot[1] < seconds);

  /** Return the number of the chosen person's shot that is shown now, else of the last before it. */
  const current = () => shots().findLastIndex((shot) => isBefore(shot, film, video.currentTime + 0.05));

  const showPlace = () => {
    const now = Number.isFinite(video.currentTime) ? video.currentTime : 0;
    time.textContent = timeOf(known.films[film], now);
    player.querySelector(".player-who").textContent = known.people[person]?.name ?? "";
    const number = current();
    const shot = shots()[number];
    const inside = shot && shot[0] === film && now < shot[2] + 0.05;
    player.querySelector(".player-place").textContent = inside ? `shot ${number + 1} of ${shots().length}` : "";
    for (const plot of plots) {
      const head = plot.querySelector(".playhead");
      const [start, end] = [Number(plot.dataset.start), Number(plot.dataset.end)];
      head.hidden = Number(plot.dataset.film) !== film || player.hidden;
      head.style.left = `${(100 * (now - start)) / (end - start)}%`;
    }
  };

  const isLost = () => {
    const own = known.films[film];
    const where = own.address ? `at ${decodeURI(own.address)}, seen from this page` : "at a place that is not known";
    lost.textContent = `${own.name} does not play here. Either it is no longer ${where}, or this browser `
      + "cannot play such a film: castlist clips writes shots as files that play everywhere.";
    lost.hidden = false;
    video.hidden = true;
  };

  const play = (place, seconds, whose) => {
    if (whose !== undefined && known.people[whose]) person = whose;
    player.hidden = false;
    if (place !== film) {
      film = place;
      films.value = String(place);
      lost.hidden = true;
      video.hidden = false;
      if (known.films[film].address) video.src = known.films[film].address;
      else isLost();
    }
    if (!video.hidden) {
      video.currentTime = seconds + AFTER_S;
      video.play().catch(() => {}); // another click came first, or "error" says why
    }
    showPlace();
  };

  const step = (by) => {
    if (person === null) person = Object.keys(known.people)[0] ?? null;
    const own = shots();
    if (!own.length) return;
    let number = film < 0 ? 0 : current() + by;
    if (film >= 0 && by < 0) { // first to the beginning of the shot that is shown
      const shot = own[current()];
      if (shot && shot[0] === film && video.currentTime > shot[1] + 1) number += 1;
    }
    const shot = own[Math.min(Math.max(number, 0), own.length - 1)];
    play(shot[0], shot[1]);
  };

  const close = () => {
    video.pause();
    player.hidden = true;
    showPlace();
  };

  const enlarge = (address, text, whenLost, playable, photo) => {
    const picture = document.createElement("img");
    picture.alt = text;
    picture.src = address;
    picture.addEventListener("error", () => whenLost(picture), { once: true });
    find(".large-picture").replaceChildren(picture);
    find(".large-text").textContent = text;
    const go = find(".large-play");
    go.hidden = !playable;
    go.onclick = () => { large.close(); playable.click(); };
    find(".large-open")?.remove();
    if (photo) {
      const open = Object.assign(document.createElement("a"), { className: "large-open", href: photo });
      Object.assign(open, { target: "_blank", rel: "noopener", textContent: "Open the photo" });
      go.after(open);
    }
    large.showModal();
  };

  const enlargePhoto = ([name, address]) => enlarge(address, name, (picture) => {
    picture.remove();
    find(".large-text").textContent = `${name} does not show here: it is no longer at ${decodeURI(address)}, `
      + "seen from this page, or this browser cannot show such a photo.";
  }, null, address);

  /** Return where a click on a timeline is, in its own unit. */
  const placeOf = (event, plot, bar) => {
    const box = plot.getBoundingClientRect();
    const [start, end] = [Number(plot.dataset.start), Number(plot.dataset.end)];
    let left = event.clientX;
    if (bar) { // a short one is drawn wider than it lasts
      const drawn = bar.getBoundingClientRect();
      left = drawn.width < 6 ? drawn.left : left;
    }
    return start + ((left - box.left) / box.width) * (end - start);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".shot, .go")) {
      play(Number(button.dataset.film), Number(button.dataset.at), button.dataset.person);
    } else if (button.matches(".tc")) {
      copy(button.textContent);
    } else if (button.matches(".copy")) {
      copy(button.parentElement.querySelector("code").textContent);
    } else if (button.matches(".larger")) {
      const image = button.parentElement.querySelector("img");
      enlarge(button.dataset.crop, image.title, (own) => { own.src = image.src; },
        button.parentElement.querySelector("button.shot"));
    } else if (button.matches(".enlarge")) {
      const face = document.querySelector(`#face${button.dataset.face} image`).getAttribute("href");
      const name = known.people[button.dataset.face]?.name ?? "";
      enlarge(button.dataset.crop, name, (own) => { own.src = face; });
    }
  });

  large.addEventListener("click", (event) => { if (event.target === large) large.close(); });

  for (const plot of plots) {
    const head = document.createElement("div");
    head.className = "playhead";
    head.hidden = true;
    plot.append(head);
    plot.addEventListener("click", (event) => {
      const bar = event.target.closest(".bar");
      const seconds = Math.max(placeOf(event, plot, bar), 0);
      play(Number(plot.dataset.film), seconds, bar?.closest("g").dataset.person);
    });
  }
  for (const plot of photoPlots) {
    plot.addEventListener("click", (event) => {
      const number = Math.floor(placeOf(event, plot, event.target.closest(".bar")) + 1e-6);
      enlargePhoto(known.photos[Math.min(Math.max(number, 0), known.photos.length - 1)]);
    });
  }

  video.addEventListener("error", () => { if (video.getAttribute("src")) isLost(); });
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(name, showPlace);
  films.addEventListener("change", () => play(Number(films.value), 0));
  player.querySelector(".player-close").addEventListener("click", close);
  player.querySelector(".player-previous").addEventListener("click", () => step(-1));
  player.querySelector(".player-next").addEventListener("click", () => step(1));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || large.open) return;
    if (event.target.closest("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    if (known.films.length && (key === "n" || key === "p")) step(key === "n" ? 1 : -1);
    else if (key === "escape" && !player.hidden) close();
  });
})();
