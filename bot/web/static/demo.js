"use strict";
// The page works without this file. With it, forms are sent in the background and parts of the page renew themselves.

const NEAR = 80; // pixels from the end of a log that still count as its end
const SPOKEN = 8; // announcements that are kept for whoever has them read out
const RETRY = 1500; // milliseconds until the server is asked again after it did not answer

const { version, look } = document.body.dataset;
const state = { version, look, asking: null, said: new Set(), queue: Promise.resolve() };
const announcer = document.getElementById("announcer");
const panes = document.querySelector("main.panes");

function part(name) {
  return document.querySelector(`[data-part="${name}"]`);
}

function logsOf(element) {
  return element.matches(".log") ? [element] : [...element.querySelectorAll(".log")];
}

// What a person did to a part and the server knows nothing of: what is open, half written, in focus, scrolled away.
function remember(element) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  return {
    open: new Map([...element.querySelectorAll("details[id]")].map((each) => [each.id, each.open])),
    kept: new Map([...element.querySelectorAll("input[id]:not([type=hidden]), textarea[id], select[id]")]
      .filter((each) => each.value !== each.defaultValue && each.value).map((each) => [each.id, each.value])),
    focus: focused && focused.id,
    inside: Boolean(focused),
    logs: logsOf(element).map((log) => ({
      end: log.scrollHeight - log.scrollTop - log.clientHeight < NEAR, top: log.scrollTop, size: log.childElementCount,
    })),
  };
}

function recall(element, before) {
  for (const [id, open] of before.open) {
    const again = document.getElementById(id);
    if (again) again.open = open;
  }
  for (const [id, value] of before.kept) {
    const again = document.getElementById(id);
    if (again) again.value = value;
  }
  if (before.inside) (document.getElementById(before.focus) || element.closest("[tabindex]") || element.querySelector("[tabindex]") || element).focus();
}

// The end of a log; of a last message that is higher than the log, its beginning.
function toEnd(log) {
  log.scrollTop = log.scrollHeight;
  const above = log.lastElementChild ? log.getBoundingClientRect().top - log.lastElementChild.getBoundingClientRect().top : 0;
  if (above > 0) log.scrollTop -= above + 8;
}

// A log follows what is added to it, as long as its end is in sight.
function scroll(element, before) {
  logsOf(element).forEach((log, at) => {
    const was = before.logs[at];
    if (!was || (was.end && log.childElementCount > was.size)) toEnd(log);
    else log.scrollTop = was.top;
  });
}

// New messages are read out, and counted on the tab that is not in sight. Nothing is read out of a room just entered.
function announce(element, quiet) {
  const fresh = [...element.querySelectorAll("[data-said]")].filter((each) => !state.said.has(each.id));
  fresh.forEach((each) => state.said.add(each.id));
  if (quiet || !fresh.length) return;
  for (const each of fresh) {
    each.classList.add("fresh");
    const text = each.querySelector(".text, .blocks") || each;
    announcer.append(Object.assign(document.createElement("p"), { textContent: `${each.dataset.said}: ${text.innerText}` }));
  }
  while (announcer.childElementCount > SPOKEN) announcer.firstElementChild.remove();
  const tab = document.querySelector(`[data-tab="${element.closest(".pane").id}"][aria-pressed="false"]`);
  if (tab) tab.dataset.fresh = Number(tab.dataset.fresh || 0) + fresh.length;
}

function put(name, html, quiet) {
  const element = part(name);
  if (element.drawn === html) return;
  const before = remember(element);
  element.innerHTML = html;
  element.drawn = html;
  recall(element, before);
  scroll(element, before);
  announce(element, quiet);
  if (name === "dialog") showDialog(html.trim() !== "");
}

// The dialog covers the desk only: the phone is somebody else's.
function showDialog(open) {
  const desk = document.querySelector(".desk");
  const wasOpen = desk.classList.contains("covered");
  desk.classList.toggle("covered", open);
  for (const each of desk.children) if (each !== part("dialog")) each.inert = open;
  const title = document.getElementById("dialog-title");
  if (open && (document.activeElement === title || !part("dialog").contains(document.activeElement))) {
    (part("dialog").querySelector("select, textarea, input:not([type=hidden])") || title).focus();
  } else if (wasOpen && !open) {
    (document.getElementById(state.opener) || document.querySelector(".room .log")).focus();
  }
}

async function renew() {
  for (;;) {
    state.asking = new AbortController();
    try {
      const answer = await fetch(`/parts?since=${state.version}&${state.look}`, { signal: state.asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const { version, look, parts } = await answer.json();
      const moved = look !== state.look;
      Object.assign(state, { version, look });
      for (const [name, html] of Object.entries(parts)) put(name, html, moved || state.quiet);
      state.quiet = false;
      document.body.classList.remove("lost");
    } catch (error) {
      if (error.name === "AbortError") continue;
      document.body.classList.add("lost");
      await new Promise((done) => setTimeout(done, RETRY));
    }
  }
}

function lookAt(query) {
  Object.assign(state, { look: query, version: 0, quiet: true });
  history.replaceState(null, "", `/?${query}`);
  state.asking.abort();
}

// One after another, in the order of the gestures: a second tap never gets lost, or ahead of the first.
function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const url = `${new URL(form.action).pathname}?${state.look}`;
  if (url.startsWith("/desk/press")) state.opener = submitter.id;
  if ("clear" in form.dataset) form.reset();
  form.querySelectorAll("textarea[data-enter]").forEach(fit);
  form.closest("details.menu")?.removeAttribute("open");
  document.body.classList.add("busy");
  const mine = state.queue.then(() => post(url, body)).catch(() => {
    document.body.classList.add("lost");
    for (const field of form.elements) if (field.name && !field.value) field.value = body.get(field.name) || "";
  });
  state.queue = mine;
  mine.then(() => { if (state.queue === mine) document.body.classList.remove("busy"); });
}

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body, headers: { "X-Live": "1" } });
  if (!answer.ok) throw new Error(String(answer.status));
}

function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + area.offsetHeight - area.clientHeight, 140)}px`;
}

document.addEventListener("submit", (event) => {
  if (!("live" in event.target.dataset)) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-look]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    lookAt(new URL(link.href).search.slice(1));
  }
  const tab = event.target.closest("button[data-tab]");
  if (tab) {
    panes.dataset.tab = tab.dataset.tab;
    delete tab.dataset.fresh;
    document.querySelectorAll("button[data-tab]").forEach((each) => each.setAttribute("aria-pressed", String(each === tab)));
    document.querySelectorAll(".log").forEach(toEnd);
  }
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea[data-enter]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    if (part("dialog").contains(event.target)) document.getElementById("dialog-close").click();
  }
});

document.addEventListener("input", (event) => { if (event.target.matches("textarea[data-enter]")) fit(event.target); });

document.querySelectorAll("[data-part]").forEach((element) => { announce(element, true); scroll(element, { logs: [] }); });
showDialog(part("dialog").innerHTML.trim() !== "");
renew();
