// Passkeys: a form whose button asks the authenticator and posts what it answers. Browsers without them, or without
// scripts, post it empty and are told so; the quiet button of the login page they never see.
"use strict";

const FRESH_MILLISECONDS = 240000; // a challenge lives for five minutes

function passkeys(form) {
  const known = window.PublicKeyCredential;
  const creates = form.dataset.passkey === "create";
  const parse = known && known[creates ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"];
  if (!parse || !window.AbortController) return;
  const button = form.querySelector("[type=submit]");
  const note = form.querySelector("[data-note]");
  let waiting = null;
  let asked = form.dataset.options ? Promise.resolve(JSON.parse(form.dataset.options)) : null;

  const ask = (options, more) =>
    navigator.credentials[creates ? "create" : "get"](
      Object.assign({ publicKey: parse.call(known, options) }, more),
    );
  const send = (credential) => {
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  };
  const tell = (error) => {
    button.removeAttribute("aria-busy");
    const words = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };
    note.lastElementChild.textContent = form.dataset[words[error.name]] || form.dataset.failed;
    note.hidden = false;
    if (form.dataset.url) refresh();
  };

  // The same for everyone: nothing of what was typed goes along
  function fetchOptions(able) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, able: able ? "yes" : "" });
    return fetch(form.dataset.url, { method: "POST", body }).then((answer) => answer.json());
  }

  function autofill() {
    waiting = new AbortController();
    const signal = waiting.signal;
    const usable = known.isConditionalMediationAvailable ? known.isConditionalMediationAvailable() : false;
    Promise.all([asked, usable])
      .then((found) => (found[1] && !signal.aborted ? ask(found[0], { mediation: "conditional", signal }) : null))
      .then((credential) => credential && send(credential))
      .catch(() => {}); // ended by the button, or by the next challenge
  }

  function refresh() {
    if (waiting) waiting.abort();
    asked = known.isUserVerifyingPlatformAuthenticatorAvailable().then(fetchOptions);
    asked.then(autofill, () => {});
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.hasAttribute("aria-busy")) return;
    if (waiting) waiting.abort();
    note.hidden = true;
    button.setAttribute("aria-busy", "true");
    asked.then((options) => ask(options)).then(send).catch(tell);
  });
  addEventListener("pageshow", () => button.removeAttribute("aria-busy"));
  form.hidden = false;
  if (form.dataset.url) {
    refresh();
    setInterval(() => button.hasAttribute("aria-busy") || refresh(), FRESH_MILLISECONDS);
  }
}

document.querySelectorAll("form[data-passkey]").forEach(passkeys);
