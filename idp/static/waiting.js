// What pages that wait for a mail gain when scripts run: the button to send another counts down, as does one that
// was pressed too often; and a page whose
// address was confirmed in another tab goes on by itself.
"use strict";

function tellOver(words) {
  words.textContent = words.dataset.over;
}

function countDown(button) {
  const label = button.querySelector("span");
  const usual = label.textContent;
  const end = performance.now() + Number(button.dataset.pause) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    const clock = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
    label.textContent = left > 0 ? button.dataset.waiting.replace("#:##", clock).replace("#", left) : usual;
    if (left > 0) setTimeout(tick, 500);
    else if (button.matches(".button")) document.querySelectorAll("[data-over]").forEach(tellOver);
  };
  tick();
}

function goOnWhenDone(form) {
  let asking = false;
  const look = () => {
    if (asking || document.hidden) return;
    asking = true;
    fetch(form.dataset.until, { redirect: "manual", credentials: "same-origin", cache: "no-store" })
      .then((answer) => {
        // It leads on as soon as there is nothing to wait for
        if (answer.type === "opaqueredirect") location.replace(form.dataset.until);
      })
      .catch(() => {})
      .finally(() => {
        asking = false;
      });
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, 3000);
}

document.querySelectorAll("[data-pause]").forEach(countDown);
document.querySelectorAll("[data-until]").forEach(goOnWhenDone);
