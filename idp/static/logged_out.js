// OpenID Connect Front-Channel Logout: go back to the app when every frame has loaded, or after three seconds.
// Without scripts the link does it.
"use strict";
(function () {
  var link = document.getElementById("logout-continue");
  var gone = false;
  function go() {
    if (gone) return;
    gone = true;
    location.replace(link.href);
  }
  // The page has loaded when all its frames have.
  if (document.readyState === "complete") go();
  else addEventListener("load", go);
  setTimeout(go, 3000);
})();
