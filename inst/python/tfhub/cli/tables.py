"""What commands print: tables, by rich when it is installed."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from itertools import islice

from ..formats.description import Description, Graph, Variables, shortened
from ..formats.scanning import Scan
from ..formats.sizes import size_text
from ..shown import brief, shown

Row = Sequence[str]
Table = Callable[[Row, Sequence[Row]], None]
_WIDEST = 2000  # characters of a cell, a name out of a file, say
_MOST = 50  # graphs, and signatures of each
_MOST_ROWS = 1000  # of a table of them; exports of Keras have hundreds of functions


def show(model: Description) -> None:
    """Prints a description to the standard output, at the width of the terminal.

    Of what a model has thousands of, the first are shown; `--json` has them all.
    """
    facts = {
        "Handle": model.handle,
        "Folder": model.path if model.path != model.handle else "",
        "Format": model.format,
        "Written by": f"TensorFlow {model.tensorflow}" if model.tensorflow else "",
        "Variables": _of_variables(model.variables),
        "Size": f"{size_text(model.size)} in {len(model.files)} files",
        "Digest": f"{model.tree} ({model.tree_source})" if model.tree else "",
    }
    for name, value in facts.items():
        if value:
            print(f"{name + ':':<12}{brief(value, _WIDEST)}")
    for problem in model.problems:
        print(f"{'Problem:':<12}{brief(problem, _WIDEST)}")
    for graph in model.graphs[:_MOST]:
        print(f"{'Tags:':<12}{brief(', '.join(graph.tags) or '(none)', _WIDEST)}")
        _show_graph(graph)
    _say_more(len(model.graphs) - _MOST, "graphs")


def show_scan(scan: Scan) -> None:
    """Prints what a scan found, one line for each kind of it in each function."""
    kinds: dict[tuple[str, ...], int] = {}
    for each in scan.findings:
        way = " > ".join(each.reached_from) or "nothing"
        row = (each.effect, each.op, each.where, way)
        kinds[row] = kinds.get(row, 0) + 1
    rows = [
        (effect, f"{op} ({count} times)" if count > 1 else op, where, way)
        for (effect, op, where, way), count in islice(kinds.items(), _MOST_ROWS)
    ]
    if rows:
        table(["What", "Op", "Where", "Reached from"], rows)
    _say_more(len(kinds) - len(rows), "rows")
    count = len(scan.findings) + scan.more
    nodes = f"{scan.nodes:,} nodes of {brief(scan.handle, _WIDEST)}"
    if count:
        print(f"{count:,} of the {nodes} reach out of it, or may.")
    else:
        print(f"None of the {nodes} reaches out of it.")


def show_path(path: str) -> None:
    """Prints a path: to a program as it is, and as it is fit where somebody looks."""
    print(shown(path) if sys.stdout.isatty() else path)


def table(headers: Row, rows: Sequence[Row]) -> None:
    """Prints a table; what a terminal would obey is escaped, and long texts are cut."""
    fit = [[brief(cell, _WIDEST) for cell in row] for row in rows]
    (_rich_table() or _plain_table)(headers, fit)


def _of_variables(variables: Variables | None) -> str:
    if variables is None:
        return ""
    counts = f"{variables.count:,} with {variables.parameters:,} parameters"
    return f"{counts}, {size_text(variables.bytes)}"


def _show_graph(graph: Graph) -> None:
    signatures = [
        (
            (name, " (default)" if name == graph.default_signature else "")
            if (side, index) == ("in", 0)
            else ("", ""),
            side if index == 0 else "",
            tensor_name,
            tensor,
        )
        for name, signature in islice(graph.signatures.items(), _MOST)
        for side, tensors in (("in", signature.inputs), ("out", signature.outputs))
        for index, (tensor_name, tensor) in enumerate(tensors.items())
    ]
    if signatures:
        print()
        rows = [
            (brief(name[0], _WIDEST - 10) + name[1], side, tensor_name, str(tensor))
            for name, side, tensor_name, tensor in signatures[:_MOST_ROWS]
        ]
        table(("Signature", "", "Name", "Tensor"), rows)
        _say_more(len(signatures) - _MOST_ROWS, "rows of these signatures")
        _say_more(len(graph.signatures) - _MOST, "signatures")
    functions = [
        (name if index == 0 else "", shortened(call.arguments), shortened(call.output))
        for name, calls in graph.functions.items()
        for index, call in enumerate(islice(calls, _MOST_ROWS))
    ]
    if functions:
        print()
        table(("Function", "Arguments", "Result"), functions[:_MOST_ROWS])
        _say_more(len(functions) - _MOST_ROWS, "forms of functions")


def _say_more(more: int, what: str) -> None:
    if more > 0:
        print(f"... and {more:,} more {what}")


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
