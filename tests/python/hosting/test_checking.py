"""Models that are fit to be published, and models that are not, rule by rule."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.cli.main import main
from tfhub.errors import InputError
from tfhub.hosting.checking import Check
from tfhub.runtime.tf import tf


def outcomes(check: Check) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in check.outcomes:
        found.setdefault(each.rule, set()).add(each.outcome)
    return found


def save(path: Path, **functions: Any) -> Path:
    model: Any = tf.Module()
    for name, function in functions.items():
        setattr(model, name, function)
    tf.saved_model.save(model, str(path))
    return path


def test_a_good_model_passes(fruit: Path) -> None:
    check = hub.check(fruit)
    assert check.passed
    assert outcomes(check) == {
        rule: {"passed"}
        for rule in (
            *("whole", "scan", "ops", "paths", "devices", "loads", "runs", "reusable"),
        )
    }
    assert [each.found for each in check.outcomes if each.rule == "runs"] == [
        "The signature fruit_to_pet runs.",
        "The signature serving_default runs.",
        "The signature shout runs.",
        "Its own call runs.",
        "Its own call runs.",
    ]


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("image_feature_vector", "image_feature_vector"),
        ("image_feature_vector", "image_classification"),
        ("text_embedding", "text_embedding"),
    ],
)
def test_common_signatures_of_modules(
    tf1_modules: Path, name: str, signature: str
) -> None:
    check = hub.check(tf1_modules / name, signature)
    assert outcomes(check)[signature] == {"passed"}


def test_a_model_without_the_interface_fails(fruit: Path) -> None:
    check = hub.check(fruit, "image_classification")
    failed = [each.found for each in check.outcomes if each.outcome == "failed"]
    assert failed == ["The images have the shape [batch, height, width, 3]: [?, 3]."]
    assert not check.passed


def test_dropout_in_an_interface_is_found(tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def embed(text: Any) -> Any:
        return tf.random.uniform([tf.size(text), 4])

    check = hub.check(save(tmp_path / "m", __call__=embed), "text_embedding")
    (failed,) = [each for each in check.outcomes if each.outcome == "failed"]
    assert "no dropout: they differ" in failed.found


def test_what_does_more_than_compute_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def call(text: Any) -> Any:
        tf.io.write_file(str(mark), "run")
        return text

    path = save(tmp_path / "m", __call__=call)
    check = hub.check(path)
    found = outcomes(check)
    assert (found["scan"], found["paths"], found["runs"]) == (
        {"failed"},
        {"failed"},
        {"skipped"},
    )
    assert not mark.exists()
    assert outcomes(hub.check(path, run=True))["runs"] == {"passed"}
    assert mark.exists()


def test_pinned_devices_are_found(tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def call(x: Any) -> Any:
        with tf.device("/gpu:0"):
            return x + 1.0

    check = hub.check(save(tmp_path / "m", __call__=call), run=False)
    (failed,) = [each for each in check.outcomes if each.outcome == "failed"]
    assert (failed.rule, "GPU:0" in failed.found) == ("devices", True)


def test_missing_files_are_named(fruit: Path, tmp_path: Path) -> None:
    path = shutil.copytree(fruit, tmp_path / "m")
    next(path.glob("variables/*data*")).unlink()
    check = hub.check(path)
    found = outcomes(check)
    assert (found["whole"], found["loads"]) == ({"failed"}, {"failed"})
    assert "variables.data-00000-of-00001" in check.outcomes[0].found


def test_what_takes_too_long_or_too_much_is_ended(tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def forever(x: Any) -> Any:
        return tf.while_loop(lambda _: True, lambda y: (y + 1.0,), [x])[0]

    path = save(tmp_path / "long", __call__=forever)
    (failed,) = [
        each for each in hub.check(path, seconds=5).outcomes if each.rule == "loads"
    ]
    assert failed.found == "It takes more than 5 seconds to load and run."

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def large(x: Any) -> Any:
        return tf.reduce_sum(tf.fill([2_000_000_000], x))

    path = save(tmp_path / "large", __call__=large)
    check = hub.check(path, memory=4 << 30)
    assert "failed" in outcomes(check)["runs"] | outcomes(check)["loads"]


def test_inputs_that_a_model_refuses_are_a_warning(tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def parse(records: Any) -> Any:
        feature = {"x": tf.io.FixedLenFeature([], tf.float32)}
        return tf.io.parse_example(records, feature)

    check = hub.check(save(tmp_path / "m", __call__=parse))
    assert outcomes(check)["runs"] == {"warned"}
    assert check.passed


def test_names_out_of_a_file_are_made_harmless(tmp_path: Path) -> None:
    odd = "a\x1b]0;x\x07\nforged: passed"
    model: Any = tf.Module()
    x = tf.TensorSpec([None], tf.float32)
    model.f = tf.function(lambda x: {"y": x}, input_signature=[x])
    tf.saved_model.save(model, str(tmp_path / "m"), signatures={odd: model.f})
    check = hub.check(tmp_path / "m")
    assert any("forged" in each.found for each in check.outcomes)
    assert all(map(str.isprintable, (each.found for each in check.outcomes)))


def test_another_signature_is_said(fruit: Path) -> None:
    with pytest.raises(InputError, match="Give one of these: image_classification"):
        hub.check(fruit, "image")


def test_the_command(fruit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--no-run", str(fruit)]) == 0
    out = capsys.readouterr().out
    assert "skipped" in out
    assert "None of 99 nodes reaches out of it." in " ".join(out.split())
    assert main(["check", "--no-run", "--json", str(fruit)]) == 0
    assert '"passed": true' in capsys.readouterr().out
