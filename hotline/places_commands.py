"""The commands of places: python -m hotline places …"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.group()
def places() -> None:
    """Places: the outlines by which a point finds its district."""


@places.command("load-outlines")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", help="Where the outlines come from; the file's own `source` by default.")
@click.option(
    "--datum", type=click.Choice(["wgs84", "gcj02"]), help="What the coordinates are; the file's own `datum`."
)
@click.option("--json", "as_json", is_flag=True)
def load_outlines(file: Path, source: str, datum: str | None, as_json: bool) -> None:
    """Load outlines from a GeoJSON FeatureCollection; exit 1 when a feature was left out."""
    from hotline import boundaries, db
    from hotline.rights import SYSTEM

    document = boundaries.read_document(file)
    with db.transaction() as session:
        loaded = boundaries.load(session, SYSTEM.id, document, source, datum or "")
    click.echo(json.dumps(loaded.as_dict(), ensure_ascii=False) if as_json else loaded.words())
    sys.exit(int(bool(loaded.refused)))
