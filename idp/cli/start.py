"""`idp start`: the server, its outbox worker, and on request the sample app."""

import os
import shutil
from importlib import import_module
from pathlib import Path

import click

from idp.cli.listening import Wish, choose
from idp.config import remember_start

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@click.command()
@click.option("--host", help="Address to listen on; with --tls, the name under which this machine is reached.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on: 8000, or 8443 with --tls.")
@click.option("--tls", is_flag=True, help="Serve https, with a certificate of a local authority.")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes; one a core if not said.")
@click.option(
    "--worker/--no-worker", "runs_jobs", default=True, help="Send mails from here, or leave it to idp worker."
)
@click.option("--sample-app", is_flag=True, hidden=True)
def start(
    host: str | None, port: int | None, tls: bool, workers: int | None, runs_jobs: bool, sample_app: bool
) -> None:
    """Serve. Makes the database and its keys where there are none, and brings older tables up to date."""
    plan = choose(Wish(host=host, port=port, tls=tls, workers=workers))
    remember_start(plan.settings)
    folder = prepare_metrics(plan.settings.data_dir)
    try:
        # prometheus_client looks once, at its first import, whether processes share their counts
        import_module("idp.cli.serving").serve(plan, runs_jobs=runs_jobs, has_sample_app=sample_app)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare_metrics(data_dir: Path) -> Path:
    """An empty folder in which this server's processes add up their counts; those of servers killed before go."""
    parent = data_dir / "metrics"
    folder = parent / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for other in parent.iterdir():
        if not _is_running(other.name):
            shutil.rmtree(other, ignore_errors=True)
    os.environ[METRICS_VARIABLE] = str(folder.absolute())
    return folder


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
