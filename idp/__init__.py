"""`idp`: a self-hosted OAuth 2 / OpenID Connect identity provider that stands in for Auth0.

    app.py      create_app: the one module that knows all the others      config.py   every IDP_* setting
    cli/        the command `idp`, a file a noun                          sample/     an app to try it with
    oauth/      the protocol        login/  /u/… pages        admin/  the console        (doors: no SQL, no rules)
    web/        what doors share: sessions, forms, headers, pages
    domain/     the nouns and their rules; no Flask, no Authlib
    infra/      technology that knows nothing of identity

Imports go one way: app, cli → doors → web → domain → infra. Doors never import one another.
"""
