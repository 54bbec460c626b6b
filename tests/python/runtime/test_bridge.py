"""What R gets: arrays of dtypes that it has, tables as columns, its environment."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf

from tfhub.formats import protos
from tfhub.runtime import bridge
from tfhub.testing import save_fruit_model


@pytest.fixture(scope="module")
def fruit(tmp_path_factory):
    return save_fruit_model(tmp_path_factory.mktemp("models") / "fruit")


@pytest.fixture(scope="module")
def model(fruit):
    from tfhub.runtime.loading import load

    return load(fruit)


def test_describe_gives_tables_of_equal_columns(fruit):
    info = bridge.describe(fruit)
    assert info["graphs"] == {
        "tags": ["serve"],
        "default_signature": ["serving_default"],
    }
    assert info["default_tags"] == "serve"
    for table in ("signatures", "functions", "files"):
        assert len({len(column) for column in info[table].values()}) == 1
    rows = list(zip(*info["signatures"].values(), strict=True))
    assert ("serve", "fruit_to_pet", "input", "oranges", "int64", "[?]") in rows
    assert ("serve", "shout", "output", "default", "string", "[?]") in rows
    calls = list(zip(*info["functions"].values(), strict=True))
    assert ("serve", "embed", "text: string[?]", "float32[?, 2]") in calls


def test_describe_counts_in_floats_which_r_does_not_cut(fruit):
    info = bridge.describe(fruit)
    counts = [info["size"], *info["variables"].values(), *info["files"]["bytes"]]
    assert all(type(count) is float for count in counts)
    assert info["size"] == sum(info["files"]["bytes"])


def test_the_value_of_a_tensor_is_an_array_that_r_has(model):
    assert bridge.value(model.shout(["é"])["default"])[0].tolist() == ["É"]
    values, inexact = bridge.value(tf.constant([2**60 + 1], tf.int64))
    assert values.tolist() == [2**60 + 1]
    assert inexact == [""]


def test_apply_takes_the_arguments_as_r_gives_them(model):
    x = np.asfortranarray([[1.0, 2.0, 3.0]])
    assert bridge.apply(model, [x], {}).numpy().tolist() == [[12.0, 4.0]]
    given = {"training": True}
    assert bridge.apply(model, [x], given).numpy().tolist() == [[13.0, 5.0]]
    pets = bridge.apply(
        model, [], {"apples": x, "oranges": 1.0}, signature="fruit_to_pet", as_dict=True
    )
    assert list(pets) == ["cats", "default", "dogs"]
    assert bridge.apply(model, ["é"], {}, function="embed").numpy().tolist() == [
        [2.0, 1.0]
    ]


@pytest.mark.parametrize("value", [[1.0, 2.5], [1.0, float("nan")], [2.0**31, 1.0]])
def test_apply_never_cuts_numbers_down(tmp_path, value):
    from tfhub.errors import InputError
    from tfhub.runtime.loading import load

    module = tf.Module()
    spec = tf.TensorSpec([None], tf.int32)
    module.same = tf.function(lambda x: x, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path))
    with pytest.raises(InputError, match="not every number in it is a whole one"):
        bridge.apply(load(tmp_path), [np.array(value)], {}, function="same")


def test_predict_decodes_text(model):
    words = np.array(["é", "b"], object)
    text, inexact = bridge.predict(model, words, signature="shout", batch_size=1)
    assert text.tolist() == ["É", "B"]
    assert inexact == []


def test_member_is_the_function_or_the_signature(model):
    assert bridge.member(model, "embed", signature=False) is model.embed
    signature = bridge.member(model, "shout", signature=True)
    assert signature is model.signatures["shout"]


def test_load_options_by_name():
    options = bridge.load_options({"experimental_io_device": "/job:localhost"})
    assert options.experimental_io_device == "/job:localhost"


def test_set_environment_sets_changes_and_removes(monkeypatch):
    monkeypatch.setenv("TFHUB_OLD", "1")
    monkeypatch.setenv("TFHUB_CHANGED", "1")
    monkeypatch.setenv("TFHUB_ODD", os.fsdecode(b"\xff"))
    before = dict(os.environ)
    wanted = before | {"TFHUB_CHANGED": "2", "TFHUB_NEW": "3"}
    del wanted["TFHUB_OLD"]
    given = {name: value for name, value in wanted.items() if name != "TFHUB_ODD"}
    try:
        bridge.set_environment(given, list(wanted))
        assert dict(os.environ) == wanted
    finally:
        bridge.set_environment(before, list(before))
    assert dict(os.environ) == before


def test_the_cache_as_columns(tmp_path, monkeypatch):
    from tfhub.testing import Host

    assert bridge.cache_list(check=False)["handle"] == []
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"12345")
    with Host() as host:
        url = host.add("/m/1", tmp_path / "model")
        from tfhub.fetch.resolve import resolve

        resolve(url)
    columns = bridge.cache_list(check=True)
    assert (columns["handle"], columns["size"]) == ([url], [5.0])
    assert [type(columns[name][0]) for name in ("size", "files", "created")] == [
        float
    ] * 3
    assert bridge.cache_verify([url])["changed"] == [[]]
    monkeypatch.setattr("tfhub.cache.listing._keeps_access_times", lambda _: False)
    assert str(bridge.cache_list(check=False)["used"]) == "[nan]"
    assert bridge.cache_prune(number=0, dry_run=True)["reason"] == ["dry run"]
    assert bridge.cache_remove([url])["removed"] == [True]


def test_a_zero_byte_which_r_does_not_have_is_escaped(tmp_path):
    model = protos.SavedModel()
    graph = model.meta_graphs.add()
    graph.meta_info_def.tags.append("a\0")
    signature = graph.signature_def.add(key="s\0").value
    signature.inputs.add(key="x\0").value.dtype = 1
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    found = bridge.describe(str(tmp_path))
    assert "\0" not in json.dumps(found).encode().decode("unicode_escape")
    assert found["signatures"]["signature"] == ["s\\x00"]
