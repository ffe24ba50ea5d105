"""The command about agreement: `tracker quality`, for taking the codings elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tracker.here import here, say

quality_app = typer.Typer(no_args_is_help=True, help="How far people agree: the codings themselves, without names.")


class Form(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(quality_app, name="quality")


@quality_app.command("export")
def export(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--form", help="A table, or one JSON object a line.")] = Form.CSV,
) -> None:
    """Every coding of the items that two people have coded, and what editors found: no names, coders have numbers.

    The numbers are drawn anew for each export.

    Example: tracker quality export --form jsonl > codings.jsonl
    """
    from tracker import agreement

    coded = here(context).store().twice()
    print(agreement.as_csv(coded) if form is Form.CSV else agreement.as_json_lines(coded), end="")
    if not coded:
        say("no item was coded by two people yet; one decided item in ten waits for it on the page Second coding")
