// What pages of codes gain when scripts run: a complete code is sent at once; a button that prints.
"use strict";

function sendWhenComplete(input) {
  const length = Number(input.dataset.autosend);
  input.addEventListener("input", () => {
    const typed = input.value.replace(/[\s-]/g, "");
    if (typed.length === length && /^\d+$/.test(typed) && !input.form.querySelector("[type=submit]").disabled) input.form.requestSubmit();
  });
}

function printer(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

document.querySelectorAll("[data-autosend]").forEach(sendWhenComplete);
document.querySelectorAll("[data-print]").forEach(printer);
