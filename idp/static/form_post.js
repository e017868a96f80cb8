// OAuth 2.0 Form Post Response Mode: sends the answer on. A field may be called "submit", so the method is borrowed.
HTMLFormElement.prototype.submit.call(document.getElementById("form-post"));
