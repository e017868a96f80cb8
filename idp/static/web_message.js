// OAuth 2.0 Web Message Response Mode: hand the answer to the page that opened or framed this one.
"use strict";
(() => {
  const message = document.getElementById("web-message");
  const receiver = window.opener || (window.parent === window ? null : window.parent);
  if (receiver) {
    receiver.postMessage(
      { type: "authorization_response", response: JSON.parse(message.dataset.response) },
      message.dataset.origin,
    );
  }
})();
