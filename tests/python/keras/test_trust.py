"""Every door asks, and only what was asked for is loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.cache.locks import MANIFEST
from tfhub.errors import LayerError, TrustError
from tfhub.keras import versions
from tfhub.runtime.tf import np, tf
from tfhub.trusted import given
from tfhub.trusted.tree import tree_of_folder

from .forging import Evil, edited, forge_h5, forge_keras, naming, save_h5

X = np.arange(8, dtype=np.float32).reshape(2, 4)


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_digests", set())


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Evil:
    return Evil(tmp_path_factory.mktemp("evil"))


@pytest.fixture
def evil(made: Evil) -> Evil:
    _ = made.ran
    return made


@pytest.fixture
def model(layer: Any, keras: Any, models: dict[str, str]) -> Any:
    """A Keras model with a layer that the program made, which can be forged."""
    return keras.Sequential([keras.Input([4]), layer(models["plain"])])


@pytest.fixture
def file(model: Any, tmp_path: Path) -> Path:
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def refused(evil: Evil, load: Any, match: str = "obody said") -> TrustError:
    with pytest.raises(TrustError, match=match) as caught:
        load()
    assert not evil.ran
    return caught.value


# Claims


@pytest.mark.parametrize("form", ["absolute", "relative", "url"])
@pytest.mark.parametrize("place", ["beside", "within", "key"])
def test_a_manifest_that_lies_with_the_model_proves_nothing(
    keras: Any,
    host: Any,
    evil: Evil,
    models: dict[str, str],
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    place: str,
) -> None:
    url = host.add("/plain/1", models["plain"])
    path = hub.resolve(url)
    facts = json.loads(Path(path + MANIFEST).read_text())
    trusted = facts["sha256"]
    hub.trust(trusted)
    hub.trust(facts["tree"])
    name = os.path.basename(path) if place == "key" else "evil"
    folder = Path(evil.put(tmp_path / name))
    (tmp_path / f"{name}{MANIFEST}").write_text(json.dumps(facts))
    if place == "within":
        (folder / "manifest.json").write_text(json.dumps(facts))
        (folder / MANIFEST).write_text(json.dumps(facts))
    monkeypatch.chdir(tmp_path)
    handle = {"absolute": str(folder), "relative": name, "url": f"file://{folder}"}[
        form
    ]
    for claims in (
        {"sha256": trusted},
        {"tree": facts["tree"]},
        {"sha256": trusted, "tree": facts["tree"]},
    ):
        forged = tmp_path / "forged.keras"
        forge_keras(file, forged, naming(handle, **claims))
        error = refused(evil, partial(keras.models.load_model, forged), "the file says")
        assert tree_of_folder(folder) in str(error)


@pytest.mark.parametrize("came", ["import", "adopt", None, "forged"])
def test_an_entry_that_no_download_of_the_user_made(
    keras: Any,
    host: Any,
    evil: Evil,
    file: Path,
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    came: str | None,
) -> None:
    """It says of itself what it likes, and its place is trusted."""
    url = host.add("/evil/1", evil.folder)
    path = hub.resolve(url)
    manifest = Path(path + MANIFEST)
    facts = json.loads(manifest.read_text())
    assert facts["came"] == "download"
    if came == "forged":  # everybody can write the cache
        cache.chmod(0o777)
    else:
        facts |= {"came": came}
        manifest.write_text(json.dumps(facts))
    monkeypatch.setenv("TFHUB_TRUSTED", host.url + "/")
    forged = forge_keras(file, tmp_path / "forged.keras", naming(url))
    error = refused(
        evil, lambda: keras.models.load_model(forged), "no download of yours"
    )
    tree = tree_of_folder(path)
    assert error.tree == tree
    monkeypatch.delenv("TFHUB_TRUSTED")
    hub.trust(facts["sha256"])
    forged = forge_keras(
        file, tmp_path / "again.keras", naming(url, sha256=facts["sha256"])
    )
    error = refused(evil, partial(keras.models.load_model, forged), tree)
    hub.trust(error.tree)
    keras.models.load_model(forged)
    assert evil.ran


def test_the_own_download_is_trusted_by_its_place_and_its_archive(
    keras: Any,
    host: Any,
    evil: Evil,
    file: Path,
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = host.add("/evil/1", evil.folder)
    cache.mkdir(parents=True)
    for mode in (0o755, 0o777):  # by the manifest, and by the record
        shutil.rmtree(cache)
        cache.mkdir()
        cache.chmod(mode)
        monkeypatch.setenv("TFHUB_TRUSTED", host.url + "/evil/")
        forged = forge_keras(file, tmp_path / "m.keras", naming(url))
        keras.models.load_model(forged)
        assert evil.ran
        assert (tmp_path / "state").exists() is (mode == 0o777)
        monkeypatch.delenv("TFHUB_TRUSTED")
        refused(evil, partial(keras.models.load_model, forged))
        sha256 = json.loads(Path(hub.resolve(url) + MANIFEST).read_text())["sha256"]
        hub.trust(sha256)
        forged = forge_keras(file, tmp_path / "m.keras", naming(url, sha256=sha256))
        keras.models.load_model(forged)
        assert evil.ran
        given._digests.clear()


def test_what_was_changed_in_a_shared_cache_is_not_what_came(
    keras: Any,
    host: Any,
    evil: Evil,
    models: dict[str, str],
    file: Path,
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    url = host.add("/plain/1", models["plain"])
    path = Path(hub.resolve(url))
    facts = json.loads(Path(f"{path}{MANIFEST}").read_text())
    shutil.rmtree(path)
    evil.put(path)
    facts["files"] = {
        str(each.relative_to(path)): {"size": each.stat().st_size, "sha256": "0" * 64}
        for each in path.rglob("*")
        if each.is_file()
    }
    Path(f"{path}{MANIFEST}").write_text(json.dumps(facts))
    monkeypatch.setenv("TFHUB_TRUSTED", host.url + "/")
    hub.trust(facts["sha256"])
    hub.trust(facts["tree"])
    claims = {"sha256": facts["sha256"], "tree": facts["tree"]}
    forged = forge_keras(file, tmp_path / "forged.keras", naming(url, **claims))
    refused(evil, partial(keras.models.load_model, forged), "no download of yours")
    monkeypatch.delenv("TFHUB_TRUSTED")
    refused(evil, partial(keras.models.load_model, forged), "the file says")


def test_nothing_is_fetched_that_nobody_trusts(
    keras: Any, host: Any, evil: Evil, file: Path, tmp_path: Path, cache: Path
) -> None:
    url = host.add("/evil/1", evil.folder)
    hub.trust("tree1:" + "0" * 64)
    forged = forge_keras(file, tmp_path / "forged.keras", naming(url, sha256="1" * 64))
    error = refused(evil, partial(keras.models.load_model, forged), "1" * 64)
    assert error.sha256 == "1" * 64
    assert not cache.exists() or not list(cache.glob("*" + MANIFEST))
    assert host.requests == []


# What is at hand


@pytest.mark.parametrize("how", ["claimed", "at hand"])
def test_a_tree_digest_is_computed_over_what_is_loaded(
    keras: Any, evil: Evil, file: Path, tmp_path: Path, how: str
) -> None:
    folder = evil.put(tmp_path / "model")
    tree = tree_of_folder(folder)
    claims = {"tree": tree} if how == "claimed" else {}
    forged = forge_keras(file, tmp_path / "m.keras", naming(folder, **claims))
    error = refused(evil, partial(keras.models.load_model, forged), tree)
    assert error.tree == tree
    hub.trust(tree)
    loaded = keras.models.load_model(forged)
    assert evil.ran
    assert loaded.layers[-1].get_config()["tree"] == tree
    assert loaded.layers[-1].get_config()["handle"] == folder
    Path(folder, "saved_model.pb").write_bytes(b"")
    match = "the file says" if claims else "obody said"
    refused(evil, partial(keras.models.load_model, forged), match)


@pytest.mark.parametrize("mode", [0o755, 0o775])
def test_others_cannot_change_what_is_loaded(
    layer: Any, evil: Evil, tmp_path: Path, mode: int
) -> None:
    """A folder that others can write is copied first, one with hidden files, too."""
    folder = Path(evil.put(tmp_path / "model"))
    folder.chmod(mode)
    tree = tree_of_folder(folder)
    hub.trust(tree)
    loaded = layer.from_config({"handle": str(folder)})
    path = Path(str(loaded._hub_source.path))
    assert (path == folder) is (mode == 0o755)
    if path == folder:
        (folder / ".hidden").write_text("what the digest leaves out")
        loaded = layer.from_config({"handle": str(folder)})
        path = Path(str(loaded._hub_source.path))
        assert not (path / ".hidden").exists()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert tree_of_folder(path) == tree
    # What is there later does not count: assets and the graph come from the copy.
    (folder / "saved_model.pb").write_bytes(b"")
    assert loaded(X).shape == (2, 3)
    assert loaded.get_config()["tree"] == tree
    assert path.exists()


def test_a_copy_goes_with_the_model(evil: Evil, tmp_path: Path) -> None:
    pytest.importorskip("keras", "3")
    code = f"""
import gc, os, tfhub as hub
from tfhub.keras import keras3
hub.trust({tree_of_folder(evil.folder)!r})
layer = keras3.KerasLayer.from_config({{"handle": {str(tmp_path / "model")!r}}})
print(layer._hub_source.path)
assert os.path.exists(layer._hub_source.path)
"""
    Path(evil.put(tmp_path / "model")).chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).parent.exists()


def test_a_copy_that_fails_leaves_nothing(
    layer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"no model")
    folder.chmod(0o777)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    hub.trust(tree_of_folder(folder))
    with pytest.raises(Exception, match="saved_model"):
        layer.from_config({"handle": str(folder)})
    assert not list((tmp_path / "tmp").glob("tfhub-trusted-*"))


# Places


def test_a_link_below_a_trusted_folder(
    keras: Any,
    evil: Evil,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, outside = tmp_path / "good", Path(evil.put(tmp_path / "outside"))
    good.mkdir()
    (good / "link").symlink_to(outside)
    monkeypatch.setenv("TFHUB_TRUSTED", f"{good}/")
    forged = forge_keras(file, tmp_path / "m.keras", naming(str(good / "link")))
    refused(evil, partial(keras.models.load_model, forged))
    (good / "link").unlink()
    # A file of it is a link, or its variables are.
    for name in ("saved_model.pb", "variables"):
        shutil.rmtree(good)
        evil.put(good / "model") if good.mkdir() is None else None
        part = good / "model" / name
        shutil.rmtree(part) if part.is_dir() else part.unlink()
        part.symlink_to(outside / name)
        forged = forge_keras(file, tmp_path / "m.keras", naming(str(good / "model")))
        refused(evil, partial(keras.models.load_model, forged), "link that leads out")
    # Within, links may be.
    shutil.rmtree(good)
    good.mkdir()
    evil.put(good / "real")
    (good / "link").symlink_to(good / "real")
    forged = forge_keras(file, tmp_path / "m.keras", naming(str(good / "link")))
    loaded = keras.models.load_model(forged)
    assert evil.ran
    assert loaded.layers[-1]._hub_source.path == str(good / "real")


def test_a_prefix_counts_for_the_place_alone(
    keras: Any,
    host: Any,
    evil: Evil,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host.add("/evil/1", evil.folder)
    host.add("/models/%252e%252e/evil/1", evil.folder)
    monkeypatch.setenv("TFHUB_TRUSTED", f"{host.url}/models/")
    for path in ("/evil/1", "/models/../evil/1", "/models/%252e%252e/evil/1"):
        forged = forge_keras(file, tmp_path / "m.keras", naming(host.url + path))
        refused(evil, partial(keras.models.load_model, forged))
    assert host.requests == []


def test_an_archive_is_that_of_the_place_now(
    keras: Any,
    evil: Evil,
    file: Path,
    models: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not what a link led to when it was unpacked, of the same size and time."""
    good, link = tmp_path / "good", tmp_path / "link.tar.gz"
    good.mkdir()
    archive = Path(hub.pack(models["plain"], good / "m.tar.gz"))
    other = Path(hub.pack(evil.folder, tmp_path / "other.tar.gz"))
    # Zeros behind a gzip are no part of it.
    size = max(archive.stat().st_size, other.stat().st_size)
    for each in (archive, other):
        each.write_bytes(each.read_bytes().ljust(size, b"\0"))
        os.utime(each, (1e9, 1e9))
    link.symlink_to(other)
    hub.resolve(str(link))
    monkeypatch.setenv("TFHUB_TRUSTED", f"{good}/")
    forged = forge_keras(file, tmp_path / "m.keras", naming(str(link)))
    refused(evil, partial(keras.models.load_model, forged))
    link.unlink()
    link.symlink_to(archive)
    loaded = keras.models.load_model(forged)
    assert not evil.ran
    assert np.shape(loaded.predict(X, verbose=0)) == (2, 3)


def test_a_mirror_of_the_user_counts_as_the_place(
    keras: Any,
    host: Any,
    evil: Evil,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host.add("/mirror/evil/1", evil.folder)
    evil.put(tmp_path / "mirror" / "evil" / "1")
    monkeypatch.setenv("TFHUB_TRUSTED", "https://good.example/")
    handle = "https://good.example/evil/1"
    forged = forge_keras(file, tmp_path / "m.keras", naming(handle))
    for mirror in (f"{host.url}/mirror/", f"{tmp_path}/mirror/"):
        monkeypatch.setenv("TFHUB_MIRROR", f"https://good.example/={mirror}")
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / mirror[-9:-8]))
        keras.models.load_model(forged)
        assert evil.ran


# Doors


def test_no_door_is_open(
    layer: Any, keras: Any, evil: Evil, model: Any, file: Path, tmp_path: Path
) -> None:
    """Under the name that files of this library have."""
    handle = evil.put(tmp_path / "model")
    edit = naming(handle)
    forged = forge_keras(file, tmp_path / "forged.keras", edit)
    h5 = forge_h5(save_h5(model, tmp_path / "model.h5"), edit)
    text = json.dumps(edited(json.loads(model.to_json()), edit))
    config = edited(model.get_config(), edit)
    one = edited(keras.saving.serialize_keras_object(model.layers[-1]), edit)
    named = {"KerasLayer": layer}
    doors = {
        ".keras": lambda: keras.models.load_model(forged),
        ".keras, named": lambda: keras.models.load_model(forged, custom_objects=named),
        ".h5": lambda: keras.models.load_model(h5),
        ".h5, named": lambda: keras.models.load_model(h5, custom_objects=named),
        "JSON": lambda: keras.models.model_from_json(text),
        "JSON, named": lambda: keras.models.model_from_json(text, custom_objects=named),
        "Sequential": lambda: keras.Sequential.from_config(config),
        "object": lambda: keras.saving.deserialize_keras_object(one),
        "layer": lambda: keras.layers.deserialize(one),
        "class": lambda: layer.from_config(edited(one, edit)["config"]),
    }
    for door, load in doors.items():
        error = refused(evil, load)
        assert tree_of_folder(handle) in str(error), door
    hub.trust(error.tree)
    for door, load in doors.items():
        load()
        assert evil.ran, door


def test_a_plain_name_in_a_keras_file_is_no_exception(
    layer: Any, keras: Any, evil: Evil, host: Any, file: Path, tmp_path: Path
) -> None:
    url = host.add("/evil/1", evil.folder)
    for handle in (url, evil.put(tmp_path / "away" / "model")):
        forged = forge_keras(
            file, tmp_path / "forged.keras", naming(handle), "KerasLayer"
        )
        named = {"KerasLayer": layer}
        load = partial(keras.models.load_model, forged, custom_objects=named)
        refused(evil, load)
        with keras.saving.custom_object_scope(named):
            refused(evil, partial(keras.models.load_model, forged))
    assert host.requests == []


@pytest.mark.parametrize("form", ["class", "chooser", "type"])
@pytest.mark.parametrize("place", ["root", "compile_config"])
def test_a_file_that_names_the_layer_of_the_other_keras(
    evil: Evil, host: Any, models: dict[str, str], tmp_path: Path, form: str, place: str
) -> None:
    """It is a `.keras` file, whichever Keras reads it; Keras 2 finds any class."""
    pytest.importorskip("keras", "3")
    tf_keras, keras = versions.keras2(), versions.keras3()
    url = host.add("/evil/1", evil.folder)
    file, forged = tmp_path / "model.keras", tmp_path / "forged.keras"
    layer = hub.tf_keras.KerasLayer(models["plain"])
    tf_keras.Sequential([tf_keras.Input([4]), layer]).save(file)
    found = {
        "class": {"module": "tfhub.keras.on_keras3", "class_name": "KerasLayer"},
        "chooser": {"module": "tfhub.keras.shared", "class_name": "HubLayer"},
        "type": {
            "module": "tfhub.keras.on_keras3",
            "class_name": "__typespec__",
            "spec_name": "KerasLayer",
        },
    }[form] | {"registered_name": None, "config": {"handle": url}}
    if form == "type":
        found["registered_name"] = "x"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(forged, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            if each == "config.json":
                config = json.loads(content)
                config |= found if place == "root" else {place: {"loss": found}}
                content = json.dumps(config).encode()
            new.writestr(each, content)
    load = partial(tf_keras.models.load_model, forged)
    with keras.saving.custom_object_scope({"KerasLayer": hub.KerasLayer}):
        refused(evil, load)
    assert host.requests == []
    hub.keras3.KerasLayer(url)  # that the program did so is no exception
    assert evil.ran
    refused(evil, load)


def test_wrappers_and_nested_models(
    layer: Any, keras: Any, evil: Evil, models: dict[str, str], tmp_path: Path
) -> None:
    inner = keras.Sequential([keras.Input([4]), layer(models["plain"])])
    x = keras.Input([5, 4])
    outer = keras.Model(x, keras.layers.TimeDistributed(inner)(x))
    outer.save(tmp_path / "m.keras")
    edit = naming(evil.put(tmp_path / "model"))
    forged = forge_keras(tmp_path / "m.keras", tmp_path / "f.keras", edit)
    refused(evil, partial(keras.models.load_model, forged))
    h5 = forge_h5(save_h5(outer, tmp_path / "m.h5"), edit)
    named = {"KerasLayer": layer}  # of what is nested, Keras 2 has no other name there
    refused(evil, lambda: keras.models.load_model(h5, custom_objects=named))
    text = json.dumps(edited(json.loads(outer.to_json()), edit))
    refused(evil, lambda: keras.models.model_from_json(text))


def test_a_class_of_the_user_asks_as_well(
    layer: Any, keras: Any, evil: Evil, tmp_path: Path
) -> None:
    class Mine(layer):  # type: ignore[misc]
        def __init__(self, handle: str, **kwargs: Any) -> None:
            super().__init__(handle, **kwargs)

    folder = Path(evil.put(tmp_path / "model"))
    config = {"class_name": "Mine", "config": {"handle": str(folder)}}
    with keras.saving.custom_object_scope({"Mine": Mine}):
        refused(evil, lambda: keras.layers.deserialize(config))
        folder.chmod(0o777)
        hub.trust(tree_of_folder(folder))
        loaded = keras.layers.deserialize(config)
    assert type(loaded) is Mine
    assert loaded._hub_source.path != str(folder)  # the copy reaches it


def test_columns_ask(evil: Evil, tf1_modules: Path, tmp_path: Path) -> None:
    """Keras 2 finds any class by its module, and calls its `from_config()`."""
    keras = versions.keras2()
    module = shutil.copytree(tf1_modules / "text_embedding", tmp_path / "module")
    folder = evil.put(tmp_path / "model")
    for where, kind, config in (
        ("tfhub.keras.columns", "TextEmbeddingColumnV2", {"module_path": folder}),
        (
            "tfhub.tf1.columns",
            "TextEmbeddingColumn",
            {"module_spec_path": str(module), "trainable": False},
        ),
    ):
        found = {
            "module": where,
            "class_name": kind,
            "registered_name": None,
            "config": {"key": "x", **config},
        }
        refused(evil, partial(keras.saving.deserialize_keras_object, found))
        for wrong in (dict.fromkeys(config, 3), {"key": 3}, {"key": {"class_name": 1}}):
            found["config"] = {"key": "x", **config, **wrong}
            with pytest.raises(hub.HubError):
                keras.saving.deserialize_keras_object(found)


def test_clones_load_without_a_question(
    layer: Any, keras: Any, models: dict[str, str], host: Any
) -> None:
    url = host.add("/plain/1", models["plain"])
    for handle in (models["dense"], url):
        x = keras.Input([4])
        model = keras.Model(x, layer(handle)(x))
        for clone in (
            keras.models.clone_model(model),
            keras.Model.from_config(model.get_config()),
            keras.models.model_from_json(model.to_json()),
            layer.from_config(model.layers[-1].get_config()),
        ):
            assert clone(X).shape == (2, 3)


def test_a_clone_is_of_the_same_place(
    layer: Any,
    evil: Evil,
    models: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(models["plain"], tmp_path / "one" / "model")
    evil.put(tmp_path / "two" / "model")
    monkeypatch.chdir(tmp_path / "one")
    config = layer("model").get_config()
    layer.from_config(config)
    monkeypatch.chdir(tmp_path / "two")
    refused(evil, lambda: layer.from_config(config))


def test_what_was_trusted_by_a_digest_is_asked_for_again(
    layer: Any, evil: Evil, models: dict[str, str], tmp_path: Path
) -> None:
    """That it was loaded once is no reason to load what is there now."""
    folder = tmp_path / "model"
    shutil.copytree(models["plain"], folder)
    hub.trust(tree_of_folder(folder))
    layer.from_config({"handle": str(folder)})
    shutil.rmtree(folder)
    evil.put(folder)
    refused(evil, lambda: layer.from_config({"handle": str(folder)}))


def test_safe_mode_that_is_off_asks_nothing(
    keras: Any, evil: Evil, file: Path, tmp_path: Path
) -> None:
    edit = naming(evil.put(tmp_path / "model"))
    forged = forge_keras(file, tmp_path / "forged.keras", edit)
    keras.models.load_model(forged, safe_mode=False)
    assert evil.ran


# Fields


@pytest.mark.parametrize(
    "field",
    [
        {"handle": 3},
        {"handle": None},
        {"handle": ["a"]},
        {"handle": {"class_name": "__lambda__", "config": {}}},
        {"handle": ""},
        {"handle": "a\nb"},
        {"handle": "https://"},
        {"handle": "\ud800"},
        {"tags": 3},
        {"tags": [1]},
        {"tags": {"a": "b"}},
        {"signature": 3},
        {"signature": ["a"]},
        {"signature_outputs_as_dict": "yes"},
        {"output_key": 3},
        {"output_key": {"a": 1}},
        {"output_shape": "x"},
        {"output_shape": [1.5]},
        {"output_shape": [[[[[[[[[[[1]]]]]]]]]]]},
        {"input_shape": 3},
        {"load_options": "x"},
        {"load_options": {"nothing": 1}},
        {"arguments": [1]},
        {"embed": "x"},
        {"embed": {}},
        {"embed": {"files": 3, "sha256": "0" * 64}},
        {"embed": {"files": "", "sha256": None}},
        {"embed": {"files": "", "sha256": "x"}},
        {"embed": {"sha256": "0" * 64}},
        {"sha256": 3},
        {"tree": ["tree1:"]},
        {"trainable": "x"},
    ],
    ids=str,
)
def test_a_field_of_another_type_is_an_error_of_ours(
    layer: Any, models: dict[str, str], field: dict[str, Any]
) -> None:
    config = {"handle": models["plain"], "output_key": None, **field}
    layer(models["plain"])  # so that nothing is asked
    with pytest.raises(hub.HubError):
        layer.from_config(config)(X)


def test_a_configuration_that_is_none(layer: Any) -> None:
    for config in ({}, [], None, "x"):
        with pytest.raises(LayerError, match="handle"):
            layer.from_config(config)


# Its digests


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 3},
        {"name": ["\x1b"]},
        {"dtype": "\x1b"},
        {"unknown": [1]},
    ],
)
def test_what_keras_does_not_take_is_an_error_of_ours(
    layer: Any, fruit: Path, wrong: dict[str, Any]
) -> None:
    config = layer(str(fruit), signature="shout", output_key="x").get_config()
    with pytest.raises(LayerError, match="Keras does not take") as caught:
        layer.from_config({**config, **wrong})
    assert "\x1b" not in str(caught.value)


def test_the_configuration_has_the_digests(
    layer: Any, host: Any, models: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["plain"], folder)
    made = layer(str(folder))
    tree = tree_of_folder(folder)
    assert made.get_config()["tree"] == tree
    assert "sha256" not in made.get_config()
    (folder / "assets" / "new").write_text("x")
    changed = made.get_config()["tree"]
    assert changed == tree_of_folder(folder) != tree
    config = layer(host.add("/plain/1", models["plain"])).get_config()
    assert config["tree"] == tree
    assert len(config["sha256"]) == 64
    (folder / "link").symlink_to("saved_model.pb")
    assert "tree" not in made.get_config()


def test_it_is_computed_once(
    layer: Any, tmp_path: Path, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models["plain"], folder)
    made = layer(str(folder))
    tree = made.get_config()["tree"]
    hashed = []
    monkeypatch.setattr("tfhub.keras.digests.tree_of_folder", hashed.append)
    assert made.get_config()["tree"] == tree
    assert hashed == []


def test_an_old_file_has_only_the_sha256(
    keras: Any,
    layer: Any,
    host: Any,
    models: dict[str, str],
    file: Path,
    tmp_path: Path,
) -> None:
    url = host.add("/plain/1", models["plain"])
    sha256 = layer(url).get_config()["sha256"]
    old = forge_keras(file, tmp_path / "old.keras", naming(url, sha256=sha256))
    hub.trust(sha256)
    assert keras.models.load_model(old)(tf.constant(X)).shape == (2, 3)
