"""The base line: `python -m tests.bench.bare PORT WORKERS` serves one Flask view with idp's settings of Granian."""

import sys

from flask import Flask, Response

from idp.cli.listening import Plan
from idp.cli.serving import Server
from idp.config import Settings


def create_app() -> Flask:
    app = Flask("bare", static_folder=None)

    def hello() -> Response:
        return Response(b'{"hello":"world"}', content_type="application/json")

    app.add_url_rule("/", "hello", hello)
    return app


def main(port: int, workers: int) -> None:
    server = Server(Plan(settings=Settings(port=port, workers=workers)), on_listening=lambda: None)
    server.serve(target_loader=create_app, wrap_loader=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
