"""Code within messages, in the words of either language."""

from __future__ import annotations

import pickle

import pytest

from tfhub import words
from tfhub.errors import HubError, InputError


@pytest.mark.parametrize(
    ("code", "python", "r"),
    [
        (words.value(None), "None", "NULL"),
        (words.value(True), "True", "TRUE"),
        (words.value(["a", "b"]), "['a', 'b']", 'c("a", "b")'),
        (words.value({"train"}), "{'train'}", '"train"'),
        (words.value([None, 3]), "[None, 3]", "list(NULL, 3L)"),
        (
            words.value({"trainble": True}),
            "{'trainble': True}",
            "list(trainble = TRUE)",
        ),
        (words.value({"a b": 1.5}), "{'a b': 1.5}", "list(`a b` = 1.5)"),
        (words.value("it's \u202e"), '"it\'s \\\\u202e"', '"it\'s \\\\u202e"'),
        (words.argument("signature"), "signature=", "`signature`"),
        (words.argument("as_dict", True), "as_dict=True", "as_dict = TRUE"),
        (words.argument("for", 1), "for=1", "`for` = 1L"),
        (words.function("load"), "hub.load()", "hub_load()"),
        (words.function("KerasLayer"), "hub.KerasLayer()", "layer_hub()"),
        (
            words.call("Module", ..., tags={"train"}),
            "hub.Module(..., tags={'train'})",
            'hub_module(..., tags = "train")',
        ),
        (words.method("m", "shout", ...), "m.shout(...)", "m$shout(...)"),
        (
            words.tensorflow("compat.v1.get_variable"),
            "tf.compat.v1.get_variable",
            "tf$compat$v1$get_variable",
        ),
        (
            words.command("cache export a.tar h", "cache_export", "a.tar", "h"),
            "tfhub cache export a.tar h",
            'hub_cache_export("a.tar", "h")',
        ),
        (
            words.install("[tensorflow]"),
            "pip install 'tfhub[tensorflow]'",
            'reticulate::py_install("tensorflow>=2.15,<2.22")',
        ),
        (
            words.install("a", "b>=1"),
            "pip install a 'b>=1'",
            'reticulate::py_install(c("a", "b>=1"))',
        ),
    ],
)
def test_code_in_both_languages(code: str, python: str, r: str) -> None:
    assert words.said(f"Say {code}.", "python") == f"Say {python}."
    assert words.said(f"Say {code}.", "r") == f"Say {r}."


def test_an_error_speaks_both() -> None:
    hint = f"Set {words.argument('as_dict', True)}."
    error = InputError(f"It got {words.value(None)}.", handle="h", hint=hint)
    assert (error.message, error.hint) == ("It got None.", "Set as_dict=True.")
    assert str(error) == error.args[0] == "It got None.\nSet as_dict=True."
    assert error.in_words("r") == ("It got NULL.", "Set as_dict = TRUE.")
    again = pickle.loads(pickle.dumps(error))
    assert again.in_words("r") == error.in_words("r")
    error.message = f"h: {error.marked[0]}"
    assert error.in_words("r")[0] == "h: It got NULL."


def test_an_error_hides_what_is_secret_in_both() -> None:
    url = "https://me:secret@example.com/model"
    error = HubError(f"No {url}", handle=url, hint=f"Use {words.call('load', url)}.")
    assert "secret" not in repr(vars(error))
    assert error.in_words("r")[1] == 'Use hub_load("https://***@example.com/model").'


def test_a_text_cannot_bring_its_own_marks() -> None:
    mine = words.code("good", "evil")
    error = HubError(f"A name: {mine!r}")
    assert error.in_words("r") == error.in_words("python")
