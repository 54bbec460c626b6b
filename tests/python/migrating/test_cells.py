"""Notebooks and R Markdown: parts of a file that are one program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfhub.migrating import markdown, notebook
from tfhub.migrating.r_tree import rscript
from tfhub.migrating.remarks import UnreadableError

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")
needs_r = pytest.mark.skipif(rscript() is None, reason="there is no Rscript")


def a_notebook(*sources: Any, **metadata: Any) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
        for source in sources
    ]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


IMPORT = ["import tensorflow as tf\n", "import tensorflow_hub as hub"]
NEW = ["import tensorflow as tf\n", "import tfhub as hub"]
LAYOUTS: list[dict[str, Any]] = [
    {"indent": 1, "ensure_ascii": False},
    {"indent": 2},
    {"indent": None, "separators": (",", ":")},
    {"indent": "\t", "sort_keys": True},
    {"indent": 4, "separators": (" , ", " : ")},
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_only_lines_that_change_are_written_anew(layout: dict[str, Any]) -> None:
    before = a_notebook(IMPORT, ["x = 'é\u2028'"], "import tensorflow_hub\nx", [])
    after = a_notebook(NEW, ["x = 'é\u2028'"], "import tfhub as tensorflow_hub\nx", [])
    for end in ("", "\n", "\r\n"):
        made, remarks = notebook.migrated((json.dumps(before, **layout) + end).encode())
        assert made.decode() == json.dumps(after, **layout) + end
        assert remarks == []


def test_escapes_and_double_keys_stay() -> None:
    text = (
        '{"cells": 1, "cells": [{"source": "x", "cell_type": "code", "source": '
        '["import tensorflow_hub as hub\\n", "\\u0078 = 1\\/2\\n", "y"]}]}'
    )
    made, _ = notebook.migrated(text.encode())
    assert made.decode() == text.replace("tensorflow_hub as hub", "tfhub as hub")


def test_cells_are_one_program_with_lines_for_ipython() -> None:
    before = a_notebook(
        ["%matplotlib inline\n", "!pip install tensorflow-hub \\\n", "   x\n", *IMPORT],
        ["%%time\n", "m = hub.Module('h')\n", "y = !ls\n", "m?"],
        ["def f(x):\n", "  with tf.Session() as s:\n", "    !ls {x}\n",
         "    s.run(tf.tables_initializer())\n", "    return s.run(m(x))\n"],
        ["%%bash\n", "ls tensorflow_hub"],
    )  # fmt: skip
    made, remarks = notebook.migrated(json.dumps(before).encode())
    sources = ["".join(each["source"]) for each in json.loads(made)["cells"]]
    assert sources == [
        "".join(before["cells"][0]["source"]).replace("tensorflow_hub", "tfhub"),
        "".join(before["cells"][1]["source"]),
        "def f(x):\n  !ls {x}\n  return m(x).numpy()\n",
        "%%bash\nls tensorflow_hub",
    ]
    assert [(each.cell, each.line, each.what) for each in remarks] == [
        (1, 2, "it installs the old library"),
        (4, 1, "a cell of %%bash is not looked at"),
    ]
    assert notebook.migrated(made)[0] == made


@pytest.mark.parametrize("broken", ["if x\n", "%time y = s.run(m(x))", "%run other.py"])
def test_a_part_that_is_not_read_may_need_the_session(broken: str) -> None:
    before = a_notebook(
        IMPORT, ["m = hub.Module('h')\ns = tf.Session()\ns.run(m(x))"], [broken]
    )
    made, remarks = notebook.migrated(json.dumps(before).encode())
    sources = ["".join(each["source"]) for each in json.loads(made)["cells"]]
    assert sources[0] == (
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "import tfhub as hub"
    )
    assert sources[1:] == ["".join(c["source"]) for c in before["cells"][1:]]
    assert remarks[-1].cell == 2
    assert remarks[-1].line == 2


def test_a_broken_cell_is_named() -> None:
    before = a_notebook(["import os\n"], ["x = 1\n", "print tensorflow_hub\n"])
    made, remarks = notebook.migrated(json.dumps(before).encode())
    assert json.loads(made) == before
    assert [(each.cell, each.line) for each in remarks] == [(2, 2)]


@pytest.mark.parametrize(
    "source",
    ["", "{", "[]", "{}", '{"cells": 3}', "[" * 100_000, '{"worksheets": []}', "é" * 9,
     '{"cells": [}'],
)  # fmt: skip
def test_what_is_no_notebook_is_said(source: str) -> None:
    with pytest.raises(UnreadableError, match="no notebook"):
        notebook.migrated(source.encode("latin-1"))


@pytest.mark.parametrize(
    "odd",
    [
        a_notebook(3, None, [1], {"a": 1}),
        {"cells": [1, "a", None, {"cell_type": "code"}, {}, []]},
        {"cells": []},
        a_notebook(IMPORT, language_info={"name": "julia"}),
    ],
)
def test_odd_notebooks_stay(odd: dict[str, Any]) -> None:
    text = json.dumps(odd).encode()
    assert notebook.migrated(text) == (text, [])


def test_half_a_character_is_said() -> None:
    odd = a_notebook(["x = '\ud800'\n", *IMPORT], kernelspec=3)
    _, remarks = notebook.migrated(json.dumps(odd).encode())
    assert [each.what for each in remarks] == ["it holds characters that are none"]


@needs_r
def test_a_notebook_of_r() -> None:
    before = a_notebook(
        ["library(reticulate)\n", "hub <- import('tensorflow_hub')"],
        ["if (\n"],
        ["x <- 'text_txt_emb_0001'"],
        kernelspec={"language": "R"},
    )
    made, remarks = notebook.migrated(json.dumps(before).encode())
    sources = ["".join(each["source"]) for each in json.loads(made)["cells"]]
    assert sources[0].endswith(
        'hub <- import_from_path("tfhub", system.file("python", package = "tfhub"))'
    )
    assert [(each.cell, each.line) for each in remarks] == [(2, 2), (3, 1)]


@needs_r
def test_chunks_of_r_and_python() -> None:
    before = """---
title: "import tensorflow_hub"
---
```{r, echo=FALSE}\r
hub <- reticulate::import("tensorflow_hub")\r
```\r
`import tensorflow_hub as hub`, and
```python
import tensorflow_hub as hub
```
> ```{python}
import tensorflow as tf, tensorflow_hub as hub
m = hub.Module("h")
```
````{python, x="```"}
with tf.Session() as s:
```
    print(s.run(m("a")))
````
```{r}
```
```{python}
x = hub.resolver.PathResolver
"""
    made, remarks = markdown.migrated(before.encode())
    after = before.replace(
        'reticulate::import("tensorflow_hub")\r',
        'reticulate::import_from_path("tfhub", '
        'system.file("python", package = "tfhub"))\r',
    )
    after = after.replace("tf, tensorflow_hub as", "tf, tfhub as")
    assert made.decode() == after
    assert markdown.migrated(made)[0] == made
    assert remarks == []


@needs_r
def test_remarks_of_chunks_have_the_lines_of_the_file() -> None:
    before = (
        "text\n```{python}\nimport tensorflow_hub as hub\n\nhub.registry\n```\n"
        "```{r}\nlibrary(tfhub)\nx <-\n```\n```{r}\n\nx$text_txt_emb_0002\n```\n"
    )
    _, remarks = markdown.migrated(before.encode())
    assert [each.line for each in remarks] == [5, 10, 13]
