// OpenID Connect Session Management §3.2: an app sends "client_id session_state"; it is told whether that still holds.
"use strict";
(function () {
  const name = document.getElementById("check-session").dataset.cookie;

  function browserState() {
    const found = document.cookie.split("; ").find((each) => each.startsWith(name + "="));
    return found && found.slice(name.length + 1);
  }

  async function sha256(text) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function compare(origin, data) {
    const parts = typeof data === "string" ? data.split(" ") : [];
    const [clientId, sessionState] = parts;
    const salt = parts.length === 2 ? sessionState.split(".")[1] : "";
    const state = browserState();
    // A browser that hides our cookie from frames cannot say. "changed" would have the app ask again and again.
    if (!clientId || !salt || !state || origin === "null") return "error";
    const expected = (await sha256([clientId, origin, state, salt].join(" "))) + "." + salt;
    return sessionState === expected ? "unchanged" : "changed";
  }

  addEventListener("message", async (event) => {
    if (!event.source) return;
    const answer = await compare(event.origin, event.data).catch(() => "error");
    if (event.origin !== "null") event.source.postMessage(answer, event.origin);
  });
})();
