"""Sessions: a person's login in one browser, kept on the server; the browser holds an opaque id."""
