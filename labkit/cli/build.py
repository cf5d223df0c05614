"""`labkit build`: the notebooks, made from their sources, which only a clone of labkit has."""

from pathlib import Path

import click

from labkit.cli.home import clone
from labkit.editions import EDITIONS, edition


@click.command()
@click.argument("names", nargs=-1)
@click.option("--edition", "which", type=click.Choice(EDITIONS), default="student", show_default=True)
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="Write here, not into notebooks/."
)
def build(names: tuple[str, ...], which: str, to: Path | None) -> None:
    """Make the notebooks that begin with NAMES, such as 05, or all of them."""
    root = clone()
    if root is None or not (root / "notebooks" / "source").is_dir():
        raise click.ClickException(
            "there are no sources here: `labkit build` works in a clone of labkit only."
        )
    if which != "student" and to is None:
        raise click.ClickException("notebooks/ holds the student edition; say where others go with --to.")
    sources = sorted((root / "notebooks" / "source").glob("*.py"))
    chosen = [source for source in sources if not names or source.name.startswith(names)]
    if not chosen:
        raise click.ClickException(f"no notebook begins with {' or '.join(names)}")
    folder = to or root / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    for source in chosen:
        try:
            text = edition(source, which)
        except LookupError as problem:
            raise click.ClickException(f"{source.name}: {problem}") from problem
        except ValueError as problem:
            raise click.ClickException(f"{problem}") from problem
        target = folder / f"{source.stem}.ipynb"
        target.write_text(text, encoding="utf-8", newline="\n")
        click.echo(target)
