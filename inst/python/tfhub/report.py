"""What commands print: tables, by rich when it is installed."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Sequence

from .formats.description import Description, Graph
from .formats.sizes import size_text

Row = Sequence[str]
Table = Callable[[Row, Sequence[Row]], None]


def show(model: Description) -> None:
    """Prints a description to the standard output, at the width of the terminal."""
    variables = model.variables
    facts = {
        "Handle": model.handle,
        "Folder": model.path if model.path != model.handle else "",
        "Format": model.format,
        "Written by": f"TensorFlow {model.tensorflow}" if model.tensorflow else "",
        "Variables": f"{variables.count:,} with {variables.parameters:,} parameters, "
        + size_text(variables.bytes),
        "Size": f"{size_text(model.size)} in {len(model.files)} files",
        "Digest": f"{model.tree} ({model.tree_source})" if model.tree else "",
    }
    for name, value in facts.items():
        if value:
            print(f"{name + ':':<12}{value}")
    for graph in model.graphs:
        print(f"{'Tags:':<12}{', '.join(graph.tags) or '(none)'}")
        _show_graph(graph)


def table(headers: Row, rows: Sequence[Row]) -> None:
    """Prints a table."""
    (_rich_table() or _plain_table)(headers, rows)


def _show_graph(graph: Graph) -> None:
    signatures = [
        (
            name + (" (default)" if name == graph.default_signature else "")
            if (side, index) == ("in", 0)
            else "",
            side if index == 0 else "",
            tensor_name,
            str(tensor),
        )
        for name, signature in graph.signatures.items()
        for side, tensors in (("in", signature.inputs), ("out", signature.outputs))
        for index, (tensor_name, tensor) in enumerate(tensors.items())
    ]
    if signatures:
        print()
        table(("Signature", "", "Name", "Tensor"), signatures)
    functions = [
        (name if index == 0 else "", call.arguments, call.output)
        for name, calls in graph.functions.items()
        for index, call in enumerate(calls)
    ]
    if functions:
        print()
        table(("Function", "Arguments", "Result"), functions)


def _rich_table() -> Table | None:
    try:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table as RichTable
    except ImportError:
        return None

    def show_table(headers: Row, rows: Sequence[Row]) -> None:
        table = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for index, header in enumerate(headers):
            style = "cyan" if index == 0 else None
            table.add_column(header, overflow="fold", style=style)
        for row in rows:
            table.add_row(*row)
        # Neither markup nor emoji: shapes are in brackets, and names may hold colons.
        Console(markup=False, emoji=False, highlight=False).print(table)

    return show_table


def _plain_table(headers: Row, rows: Sequence[Row]) -> None:
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    room = shutil.get_terminal_size().columns - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    rules = ["-" * width for width in widths]
    for row in (headers, rules, *rows):
        cells = [
            textwrap.wrap(cell, width) or [""]
            for cell, width in zip(row, widths, strict=True)
        ]
        for index in range(max(map(len, cells))):
            parts = [
                (cell[index] if index < len(cell) else "").ljust(width)
                for cell, width in zip(cells, widths, strict=True)
            ]
            print("  ".join(parts).rstrip())
