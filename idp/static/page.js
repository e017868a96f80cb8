// What a page gains when scripts run: show/hide password, Caps Lock hint, live password rules, copy buttons,
// local times, no second submit, and a back button that never asks to send a form again. Everything works without it.
"use strict";

const COMMON = /^(.)\1*$|^(?:0?123456789?0?|1q2w3e|qwert|azert|asdf|abc|pass|letmein|welcome|iloveyou|admin|monkey|dragon|football|baseball|sunshine|princess|master|superman|trustno)\S{0,9}$/i;

function revealer(box) {
  const input = box.querySelector("input");
  const button = box.querySelector("[data-reveal]");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // Sent as a password again, so that browsers offer to save it and never autocomplete it.
  input.form.addEventListener("submit", () => show(false));
}

function capsHint(box) {
  const hint = box.querySelector("[data-caps]");
  const input = box.querySelector("input");
  const update = (event) => {
    const on = event.getModifierState ? event.getModifierState("CapsLock") : false;
    const text = on && event.type !== "blur" ? hint.dataset.text : "";
    if (hint.textContent !== text) hint.textContent = text;
  };
  for (const type of ["keydown", "keyup", "blur"]) input.addEventListener(type, update);
}

function verdicts(password, email, minimum) {
  const flat = password.toLowerCase();
  const local = email.toLowerCase().split("@")[0];
  return {
    length: Array.from(password).length >= minimum,
    common: !COMMON.test(password),
    email: local.length < 3 || !flat.includes(local),
  };
}

function liveRules(list) {
  const field = list.closest(".field");
  const password = field.querySelector("input");
  const email = document.getElementById(password.dataset.like || "") || { value: "" };
  const minimum = Number(list.querySelector("[data-min]").dataset.min);
  const update = () => {
    const good = verdicts(password.value, email.value, minimum);
    for (const line of list.querySelectorAll("[data-rule]")) {
      line.dataset.met = password.value ? String(good[line.dataset.rule]) : "";
    }
  };
  password.addEventListener("input", update);
  if (email.addEventListener) email.addEventListener("input", update);
  update();
}

function copier(button) {
  const label = button.querySelector("span");
  const usual = label.textContent;
  button.hidden = !navigator.clipboard;
  label.setAttribute("aria-live", "polite");
  const copied = () => {
    label.textContent = button.dataset.copied;
    button.dataset.done = "";
    setTimeout(() => {
      label.textContent = usual;
      delete button.dataset.done;
    }, 2000);
  };
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim()).then(copied);
  });
}

function submitOnce(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    const button = event.submitter || form.querySelector("[type=submit]");
    if (button) button.setAttribute("aria-busy", "true");
  });
  // Back from the cache of the browser: the form may be sent again.
  addEventListener("pageshow", () => {
    sent = false;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

// The browser would tell in its own language, and one at a time: the server tells it all, in the language of the page.
function validatedByServer(form) {
  form.noValidate = true;
}

// What was wrong is being mended: the words go, their place stays.
function forgetError(input) {
  const error = document.getElementById(input.id + "-error");
  const forget = () => {
    input.removeAttribute("aria-invalid");
    if (!error) return;
    const about = (input.getAttribute("aria-describedby") || "").split(/\s+/).filter((id) => id && id !== error.id);
    if (about.length) input.setAttribute("aria-describedby", about.join(" "));
    else input.removeAttribute("aria-describedby");
    error.dataset.past = "";
  };
  input.addEventListener("input", forget, { once: true });
}

// Times are written in UTC, for whoever runs no scripts; here they become the reader's own.
function localTime(time) {
  // In a sentence another length would move what stands below
  if (time.closest(".note")) return;
  const language = document.documentElement.lang;
  const locale = (language === "en" ? "en-GB" : language) + "-u-ca-gregory-nu-latn";
  const at = new Date(time.dateTime);
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(at);
  const text = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(at);
  // The hour does not stand alone in a line
  const around = text.split(day).map((part) => part.replace(" at ", ", ").replace(/\s/g, "\u00a0"));
  time.textContent = around.join(day);
}

// What was typed goes along to the page that asks for it next: within this tab, and once.
function carrier(link) {
  const input = document.getElementById(link.dataset.carries);
  link.addEventListener("click", () => sessionStorage.setItem("typed", input.value));
}

function carried(form) {
  const typed = sessionStorage.getItem("typed");
  sessionStorage.removeItem("typed");
  if (typed) form.elements[form.dataset.carried].value = typed;
}

function picker(swatch) {
  const input = document.getElementById(swatch.dataset.picks);
  swatch.hidden = false;
  swatch.addEventListener("input", () => {
    input.value = swatch.value;
    input.dispatchEvent(new Event("input"));
  });
}

// A list that lies over the page goes away like one: by Escape, or a click elsewhere.
function dismissable(list) {
  const summary = list.querySelector("summary");
  document.addEventListener("click", (event) => {
    if (!list.contains(event.target)) list.open = false;
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !list.open) return;
    list.open = false;
    summary.focus();
  });
}

// A page that answered a form is from now on the one that its address shows: back and reload send nothing again.
history.replaceState(null, "", location.href);

document.querySelectorAll("time[datetime]").forEach(localTime);
for (const box of document.querySelectorAll("[data-password]")) {
  revealer(box);
  capsHint(box);
}
document.querySelectorAll("[data-rules]").forEach(liveRules);
document.querySelectorAll("[data-copy]").forEach(copier);
document.querySelectorAll("form").forEach(validatedByServer);
document.querySelectorAll("[aria-invalid]").forEach(forgetError);
document.querySelectorAll("form[data-once]").forEach(submitOnce);
document.querySelectorAll("[data-picks]").forEach(picker);
document.querySelectorAll(".languages").forEach(dismissable);
// Last: where storage is forbidden these throw
document.querySelectorAll("[data-carries]").forEach(carrier);
document.querySelectorAll("[data-carried]").forEach(carried);
