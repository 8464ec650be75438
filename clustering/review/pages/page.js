// One module for all pages. The server decides by its own state: an action names the version of the
// state that this page shows, and after each action the page is fetched again and put in its place.
const token = document.querySelector("meta[name=token]").content;
const base = document.querySelector("meta[name=base]").content; // of a film in a library
const status = document.getElementById("status");
const undo = document.getElementById("undo");
const player = document.getElementById("player");
const choose = document.getElementById("choose");

const page = () => document.getElementById("page");
const all = (selector, within = page()) => [...within.querySelectorAll(selector)];
const crop = (shot) => shot.dataset.crop;

let version = page().dataset.version;
let waiting = Promise.resolve(); // one action after the other
let isBusy = false;
let last = null; // the shot from which Shift selects
const asked = new Set(); // and not answered yet: a double click is one action

function say(text, kind = "") {
  status.textContent = text;
  status.className = kind;
}

async function post(path, fields) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-castlist-token": token },
    body: JSON.stringify(fields),
    keepalive: path === "/do/name", // typed last of all, as the page was closed
  });
  const isJson = answer.headers.get("content-type") === "application/json";
  return { ok: answer.ok, ...(isJson ? await answer.json() : { error: await answer.text() }) };
}

// Do something. Gives what the server answered, null where it could not be reached, or is asked the
// same already.
function act(what, fields = {}, { refresh = true } = {}) {
  const key = JSON.stringify({ ...fields, what, crops: fields.crops?.[0] }); // what is alike may be known by now
  if (what !== "undo" && asked.has(key)) return Promise.resolve(null);
  asked.add(key);
  const run = async () => {
    isBusy = true;
    say("Saving", "busy");
    try {
      const done = await post(`/do/${what}`, { ...fields, version });
      if (!done.ok) {
        say(done.error, "error");
        if (done.stale) await show();
        else if (done.together) apart(done);
        return done;
      }
      version = done.version;
      say(done.told, done.settled ? "" : "busy");
      if (!done.settled) Object.assign(done, await (await fetch(`${base}/state`)).json());
      say([done.told, done.churn].filter(Boolean).join(". "));
      undo.disabled = false;
      if (refresh) await show();
      return done;
    } catch (error) {
      say("castlist review does not answer: is it still running? Nothing that it confirmed is lost.", "error");
      return null;
    } finally {
      isBusy = false;
      asked.delete(key);
    }
  };
  waiting = waiting.then(run);
  return waiting;
}

// Fetch this page again and put it in its place: focus, selection and scrolling stay.
async function show() {
  const held = document.activeElement?.closest("[data-key]")?.dataset.key;
  const order = all("[data-key]").map((one) => one.dataset.key);
  const typed = document.activeElement?.matches("input.name") ? document.activeElement.value : null;
  const selected = new Set(chosen().map(crop));
  const answer = await fetch(location.href, { headers: { "x-fragment": "1" } });
  if (answer.status === 404) {
    location.href = `${base}/people`; // the person has become part of another one
    return;
  }
  if (!answer.ok) return say(await answer.text(), "error");
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const scrolled = window.scrollY;
  page().replaceWith(parsed.getElementById("page"));
  version = page().dataset.version;
  document.title = `${page().dataset.title} - castlist review`;
  undo.disabled = page().dataset.undo === "0";
  for (const shot of all(".shot")) if (selected.has(crop(shot))) shot.setAttribute("aria-pressed", "true");
  window.scrollTo(0, scrolled);
  focusAgain(held, order, typed);
  told();
}

// Focus what had the focus; where it is gone, what came after it, else before it.
function focusAgain(held, order, typed) {
  if (held === undefined) {
    document.getElementById("main").focus({ preventScroll: true });
    return;
  }
  const there = new Map(all("[data-key]").map((one) => [one.dataset.key, one]));
  const place = order.indexOf(held);
  const kind = held.split(" ")[0];
  const near = [held, ...order.slice(place + 1), ...order.slice(0, place).reverse()];
  const key = near.find((one) => there.has(one) && (one === held || one.split(" ")[0] === kind || held.includes(".")));
  const target = there.get(key) ?? there.get(all("[data-key]")[0]?.dataset.key);
  target?.focus({ preventScroll: true });
  if (key === held && typed !== null) target.value = typed;
}

// Shots: selecting, and what is like the selected ones.

function chosen(within = page()) {
  return all(".shot[aria-pressed=true]", within);
}

function press(shot, on) {
  shot.setAttribute("aria-pressed", String(on ?? shot.getAttribute("aria-pressed") !== "true"));
}

function select(shot, isRange) {
  const shots = all(".shot", shot.closest("[data-grid]"));
  const from = shots.indexOf(last);
  const to = shots.indexOf(shot);
  if (isRange && from >= 0) for (const one of shots.slice(Math.min(from, to), Math.max(from, to) + 1)) press(one, true);
  else press(shot);
  last = shot;
  told();
}

function numFaces(shots) {
  return shots.reduce((sum, shot) => sum + Number(shot.dataset.num), 0);
}

function plural(number, one) {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

async function told() {
  const line = document.getElementById("chosen");
  if (!line) return;
  const shots = chosen();
  for (const button of all(".bar [data-do]")) button.disabled = !shots.length;
  for (const shot of all(".shot.alike")) shot.classList.remove("alike");
  const alike = document.getElementById("with-alike");
  if (alike) alike.textContent = "";
  line.textContent = shots.length
    ? `${plural(shots.length, document.body.dataset.seen)}, ${plural(numFaces(shots), "face")} selected`
    : line.closest(".bar") ? "Nothing selected" : "";
  if (!shots.length || !alike) return;
  const crops = shots.map(crop);
  const { alike: like } = await post("/alike", { crops }).catch(() => ({})); // the next action says why
  if (!like || crops.join() !== chosen().map(crop).join()) return; // selected otherwise meanwhile
  for (const shot of all(".shot")) shot.classList.toggle("alike", like.includes(crop(shot)) && !shots.includes(shot));
  const more = all(".shot.alike");
  if (more.length) alike.textContent = ` and ${more.length} alike, ${plural(numFaces(shots) + numFaces(more), "face")}`;
}

// The shots that an action is about: the selected ones, else all of a group, else the one in focus.
function meant(within) {
  const shots = chosen(within ?? page());
  if (shots.length) return shots;
  if (within) return all(".shot", within);
  return document.activeElement?.matches(".shot") ? [document.activeElement] : [];
}

function play(shot) {
  const { film, isFilm, from, to } = shot.dataset;
  const video = player.querySelector("video");
  const image = player.querySelector("img");
  const note = document.getElementById("player-note");
  note.textContent = shot.getAttribute("aria-label");
  video.hidden = isFilm !== "1";
  image.hidden = isFilm === "1";
  player.showModal();
  const one = isFilm === "1" ? video : image;
  const made = `${base}/moment/${film}${isFilm === "1" ? `?from=${from}&to=${to}` : ""}`;
  const lost = async () => {
    const answer = await fetch(made).catch(() => null);
    if (one.onerror !== again) return; // another shot is played by now
    note.textContent = answer ? await answer.text() : "castlist review does not answer: is it still running?";
    video.hidden = true;
    image.hidden = false;
    image.onerror = null;
    image.src = `${base}/crop/${crop(shot)}`;
  };
  const again = () => { // the browser cannot show it as it is; some play the sound alone
    if (one.src.includes("/moment/")) return lost();
    note.textContent = `${shot.getAttribute("aria-label")}. This browser cannot show the original: castlist makes a small copy ...`;
    one.src = made;
    if (isFilm === "1") one.play().catch(() => {});
  };
  one.onerror = again;
  video.onloadedmetadata = () => {
    if (!video.videoWidth) again();
    else if (one.src.includes("/moment/")) note.textContent = shot.getAttribute("aria-label");
  };
  one.src = `${base}/film/${film}${isFilm === "1" ? `#t=${from},${to}` : ""}`;
  if (isFilm === "1") video.play().catch(() => {});
}

player.addEventListener("close", () => {
  const video = player.querySelector("video");
  player.querySelector("img").onerror = video.onerror = null;
  video.pause();
  video.removeAttribute("src");
  video.load();
});

function move(shots) {
  if (!shots.length) return;
  const input = document.getElementById("choose-name");
  const note = document.getElementById("choose-note");
  const names = new Set(all("#people option").map((own) => own.value.toLowerCase()));
  const isNew = () => !["", "new", "unknown"].includes(input.value.trim().toLowerCase()) && !names.has(input.value.trim().toLowerCase());
  input.value = "";
  note.textContent = "";
  input.oninput = () => {
    note.textContent = isNew() ? `Somebody new, called ${input.value.trim()}` : "";
  };
  choose.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    const fields = isNew() ? { to: "new", name: text } : { to: text };
    choose.close();
    act("move", { crops: shots.map(crop), ...fields });
  };
  choose.showModal();
}

function doWhat(what, within) {
  const shots = meant(within);
  const crops = shots.map(crop);
  if (what === "hide" || what === "show") return;
  if (!shots.length) say(`Select a ${document.body.dataset.seen} first`, "error");
  else if (what === "not") act("not", { crops: [...crops, ...(chosen().length ? all(".shot.alike").map(crop) : [])] });
  else if (what === "not-only") act("not", { crops });
  else if (what === "move") move(shots);
  else if (what === "open") location.href = `/open/${shots[0].dataset.film.split("/")[0]}/people`;
  else if (what === "play") play(shots[0]);
  else if (what === "portrait") act("portrait", { crops: crops.slice(0, 1) });
  else act(what, { crops });
}

// People: names.

async function name(input, { next = true } = {}) {
  const text = input.value.trim();
  const person = input.dataset.key.split(" ")[1];
  const inputs = all("input.name");
  const following = inputs[inputs.indexOf(input) + 1];
  const before = input.defaultValue;
  if (next) delete input.dataset.refused;
  const confirms = next && text && "known" in input.dataset;
  const isNew = (text !== before || confirms) && text !== input.dataset.refused && (text || next);
  if (isNew) input.defaultValue = text; // sent once, though leaving the field comes here again
  else if (!text && before) {
    input.value = before;
    say(`The name ${before} stays: only Enter takes it off`);
  }
  if (next) following?.focus();
  if (!isNew) return;
  input.closest(".card, .who > div").querySelector(".offer")?.remove();
  const done = await act("name", { person, name: text }, { refresh: page().dataset.page !== "people" });
  if (done?.ok) {
    input.closest(".card")?.setAttribute("aria-label", text || person);
    document.getElementById(`known-${person}`)?.remove();
    delete input.dataset.known;
  } else {
    input.defaultValue = before;
    if (!text) input.value = before;
  }
  if (done) refused(input, done.ok ? "" : text);
  if (done?.taken) offer(input, text, person, done.error);
}

// Mark a name that was refused; what was typed stays, also where the page has come anew.
function refused(input, text) {
  const own = input.isConnected ? input : page().querySelector(`[data-key="${input.dataset.key}"]`);
  if (!own) return;
  own.setAttribute("aria-invalid", String(Boolean(text)));
  own.dataset.refused = text;
  if (text) own.value = text;
}

// Two people cannot be one, since a picture shows both: is one of its faces somebody else's?
function apart({ error, together, pictures }) {
  page().querySelector(".apart")?.remove();
  const box = document.createElement("section");
  box.className = "offer apart";
  box.setAttribute("role", "alert");
  const rest = ["", "", " So does one more picture."][pictures] ?? ` So do ${pictures - 1} more pictures.`;
  box.append(`${error}.${rest} If one face there has the wrong person, take it out:`);
  const bar = box.appendChild(document.createElement("div"));
  bar.className = "bar";
  for (const { person, name: called, crop: own } of together) {
    const image = Object.assign(document.createElement("img"), { src: `${base}/crop/${encodeURIComponent(own)}`, alt: "", width: 48, height: 60 });
    const out = Object.assign(document.createElement("button"), { type: "button" });
    out.append(image, ` Not ${called}`);
    out.onclick = () => act("not", { crops: [own] });
    const all = Object.assign(document.createElement("a"), { href: `${base}/person/${person}`, textContent: `all of ${called}` });
    bar.append(out, all);
  }
  const no = bar.appendChild(Object.assign(document.createElement("button"), { type: "button", textContent: "They are two people" }));
  no.onclick = () => box.remove();
  page().prepend(box);
  box.scrollIntoView({ block: "nearest" });
  bar.querySelector("button").focus();
}

// Somebody has that name: the same person? The focus stays, since the next name may be half typed.
function offer(input, text, person, message) {
  const box = document.createElement("div");
  box.className = "offer";
  box.setAttribute("role", "alert");
  box.append(message);
  const bar = box.appendChild(document.createElement("div"));
  bar.className = "bar";
  const yes = bar.appendChild(document.createElement("button"));
  const no = bar.appendChild(document.createElement("button"));
  yes.type = no.type = "button";
  yes.textContent = "Merge";
  no.textContent = "Two people";
  yes.onclick = () => act("name", { person, name: text, merge: true });
  no.onclick = () => {
    box.remove();
    input.value = input.defaultValue;
    input.focus();
  };
  input.closest(".card, .who > div")?.append(box);
  say(message, "error");
}

// A photo that is not in the library: who is that?
async function ask(photo) {
  say("Looking at the photo", "busy");
  try {
    const answer = await fetch(`/who?name=${encodeURIComponent(photo.name)}`, {
      method: "POST", headers: { "x-castlist-token": token }, body: photo,
    });
    const isJson = answer.headers.get("content-type") === "application/json";
    const told = isJson ? (await answer.json()).error : await answer.text();
    if (!answer.ok) return say(told, "error");
    const found = new DOMParser().parseFromString(told, "text/html").body;
    document.getElementById("answers").replaceChildren(...found.childNodes);
    say("");
  } catch (error) {
    say("castlist review does not answer: is it still running?", "error");
  }
}

// Events.

// How high the header is, and its last row, so that what stays in sight below it is not covered.
new ResizeObserver(() => {
  const header = undo.parentElement;
  const top = Math.min(status.offsetTop, undo.offsetTop);
  const set = (name, height) => document.documentElement.style.setProperty(name, `${height}px`);
  set("--header", header.offsetHeight);
  set("--told", header.offsetHeight - top);
}).observe(undo.parentElement);

document.addEventListener("click", (event) => {
  const target = event.target;
  const shot = target.closest(".shot");
  if (shot) {
    if (shot.hasAttribute("aria-pressed")) select(shot, event.shiftKey);
    else play(shot);
    return;
  }
  const closer = target.closest("[data-close]");
  if (closer) return closer.closest("dialog").close();
  if (target.closest("#undo")) return act("undo");
  if (target.closest("[data-learn]")) return act("learn");
  const answer = target.closest("[data-answer]");
  if (answer) return reply(answer.dataset.answer);
  const group = target.closest("[data-group]") ?? undefined;
  const to = target.closest("[data-to]");
  if (to) return act("move", { crops: meant(group).map(crop), to: to.dataset.to });
  const more = target.closest("[data-more]");
  if (more) {
    for (const late of all(".late", group)) late.hidden = false;
    return more.remove();
  }
  const what = target.closest("[data-do]");
  const card = target.closest("[data-person]");
  if (what && ["hide", "show"].includes(what.dataset.do)) return act(what.dataset.do, { person: card.dataset.person });
  if (what) return doWhat(what.dataset.do, group);
  if (target.closest(".card") && !target.closest("a, input, button")) card.querySelector("input.name")?.focus();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#photo") && event.target.files.length) ask(event.target.files[0]);
});

for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (page().dataset.page !== "who") return;
    event.preventDefault();
    if (event.dataTransfer?.files.length) ask(event.dataTransfer.files[0]);
  });
}

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("input.name") && event.target.isConnected) name(event.target, { next: false });
});

addEventListener("pageshow", (event) => event.persisted && show()); // the browser had kept it
addEventListener("pagehide", () => {
  if (document.activeElement?.matches("input.name")) name(document.activeElement, { next: false });
});

function reply(answer) {
  const question = page().querySelector("[data-question]")?.dataset.question;
  if (!question || isBusy) return; // a key that was meant for the question before
  const [above, below] = ["1", "2"].map((strip) => chosen(page().querySelector(`[data-strip="${strip}"]`)));
  if (answer === "skip") act("skip", { question });
  else if (above.length) say("Select below what the answer is about; X takes the selected out", "error");
  else act("answer", { question, answer, crops: below.map(crop) });
}

function step(event) {
  const one = document.activeElement?.closest(".shot, .card, [data-group]");
  const grid = one?.closest("[data-grid]");
  if (!one) {
    page().querySelector(".shot, .card, [data-group]")?.focus();
    return;
  }
  const peers = one.matches("[data-group]") ? all("[data-group]") : all(".shot, .card", grid).filter((own) => own.offsetParent);
  const here = one.getBoundingClientRect();
  const across = peers.filter((own) => Math.abs(own.getBoundingClientRect().top - here.top) < 2).length || 1;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
  const next = peers[peers.indexOf(one) + by];
  if (next) next.focus();
  else if (one.matches(".shot") && one.closest("[data-group]")) {
    const groups = all("[data-group]");
    groups[groups.indexOf(one.closest("[data-group]")) + Math.sign(by)]?.focus();
  }
}

const ANSWERS = { y: "yes", n: "no", s: "skip", d: "no-face" };
const SHOTS = { x: "not", m: "move", p: "portrait", d: "not-a-face" };
const MEMBERS = { x: "not-only", m: "move", o: "open" };

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.isComposing || event.keyCode === 229) return; // Enter ends a word, not the name
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const isTyped = target.matches("input") && key !== "Enter";
  if (event.repeat && !isTyped && /^([^ ]|Enter)$/.test(key)) return event.preventDefault(); // held down: one press
  if (target.matches("[type=file]")) return;
  if (target.matches("input")) {
    if (key === "Enter") name(target);
    else if (key === "Escape") {
      target.value = target.defaultValue;
      (target.closest(".card") ?? document.getElementById("main")).focus();
    } else return;
    return event.preventDefault();
  }
  const letter = key.toLowerCase();
  const where = page().dataset.page;
  const card = target.closest(".card");
  const group = target.closest("[data-group]");
  let used = true;
  if (key.startsWith("Arrow")) step(event);
  else if (letter === "u") undo.disabled ? say("There is nothing to take back") : act("undo");
  else if (letter === "l" && page().querySelector("[data-learn]")) act("learn");
  else if (where === "same" && ANSWERS[letter]) reply(ANSWERS[letter]);
  else if (where === "same" && letter === "x") doWhat("not-only");
  else if (where === "same" && /^[12]$/.test(key) && !isBusy) all(".help a")[Number(key) - 1]?.click();
  else if (where === "people" && card && letter === "h") act("hide", { person: card.dataset.person });
  else if (where === "people" && card && letter === "o") location.href = `${base}/person/${card.dataset.person}`;
  else if (where === "people" && target === card && key === "Enter") card.querySelector("input.name")?.focus();
  else if (target.matches(".shot") && key === " ") play(target);
  else if (target.matches(".shot[aria-pressed]") && key === "Enter") select(target, event.shiftKey);
  else if (where === "person" && SHOTS[letter]) doWhat(letter === "x" && event.shiftKey ? "not-only" : SHOTS[letter]);
  else if (where === "member" && MEMBERS[letter]) doWhat(MEMBERS[letter]);
  else if (where === "films" && card && (letter === "o" || key === "Enter")) location.href = card.dataset.open;
  else if (where === "leftovers" && group && /^[1-5]$/.test(key)) group.querySelector(`[data-digit="${key}"]`)?.click();
  else if (where === "leftovers" && group && letter === "n") group.querySelector('[data-to="new"]').click();
  else if (where === "leftovers" && group && letter === "i") group.querySelector('[data-to="unknown"]').click();
  else if (where === "leftovers" && group && (letter === "d" || letter === "m")) doWhat(SHOTS[letter], group);
  else used = false;
  if (used) event.preventDefault();
});

undo.disabled = page().dataset.undo === "0";
