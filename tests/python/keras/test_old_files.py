"""Files of the old library: `.h5` and JSON, where the layer has its plain name."""

from __future__ import annotations

import io
import json
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import HubError, TrustError
from tfhub.runtime.tf import np
from tfhub.trusted import given
from tfhub.trusted.tree import tree_of_folder

from .forging import Evil, edited, forge_h5, naming, save_h5

X = np.arange(8, dtype=np.float32).reshape(2, 4)
PLAIN = "KerasLayer"


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


class Old:
    """An old `.h5` file, and the same model as JSON, with any handle."""

    def __init__(self, layer: Any, keras: Any, folder: Path, inner: str) -> None:
        self.keras, self.layer, self.folder = keras, layer, folder
        self.model = keras.Sequential([keras.Input([4]), layer(inner)])
        folder.mkdir()

    def h5(self, handle: Any, name: str = PLAIN) -> Any:
        file = save_h5(self.model, self.folder / "old.h5")
        forge_h5(file, naming(handle), name)
        named = {PLAIN: self.layer}
        return lambda: self.keras.models.load_model(file, custom_objects=named)

    def json(self, handle: Any, name: str = PLAIN) -> Any:
        config = edited(json.loads(self.model.to_json()), naming(handle), name)
        text, named = json.dumps(config), {PLAIN: self.layer}
        load = self.keras.models.model_from_json
        return lambda: load(text, custom_objects=named)


@pytest.fixture
def old(layer: Any, keras: Any, models: dict[str, str], tmp_path: Path) -> Old:
    return Old(layer, keras, tmp_path / "files", models["plain"])


def refused(evil: Evil, load: Any) -> TrustError:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrustError, match="obody said") as caught:
            load()
    assert not evil.ran
    return caught.value


@pytest.mark.parametrize("form", ["h5", "json"])
def test_an_url_or_a_folder_elsewhere_loads_and_is_warned_of(
    old: Old, host: Any, evil: Evil, tmp_path: Path, form: str
) -> None:
    url = host.add("/evil/1", evil.folder)
    folder = evil.put(tmp_path / "elsewhere")
    for handle in (url, folder, f"file://{folder}"):
        load = getattr(old, form)(handle)
        with pytest.warns(UserWarning, match="TFHUB_OLD_FILES") as warned:
            model = load()
        assert evil.ran
        assert any(handle in str(each.message) for each in warned)
        assert type(model.layers[-1]) is old.layer
        assert np.shape(model.predict(X, verbose=0)) == (2, 3)


def test_a_folder_that_comes_with_the_file_is_asked_for(
    old: Old, evil: Evil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old.folder
    evil.put(folder / "model")
    evil.put(tmp_path / "elsewhere")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "up").symlink_to(folder)
    for handle in (
        str(folder / "model"),
        f"file://{folder}/model",
        str(tmp_path / "elsewhere" / ".." / "files" / "model"),
        str(tmp_path / "up" / "model"),  # it leads into the folder
        str(folder / "link"),  # it leads out of it
        "files/model",
        "./files/model",
        "elsewhere",
    ):
        monkeypatch.chdir(tmp_path)
        load = old.h5(handle)
        refused(evil, load)
        monkeypatch.chdir("/")
        if os.path.isabs(handle):
            refused(evil, load)
    monkeypatch.chdir(folder)
    # An `.h5` that is named from within its folder, or by a link to it.
    old.h5(str(folder / "model"))
    named = {PLAIN: old.layer}
    (tmp_path / "named.h5").symlink_to(folder / "old.h5")
    for file in ("old.h5", tmp_path / "named.h5", folder / ".." / "files" / "old.h5"):
        path = str(file)
        refused(
            evil,
            lambda path=path: old.keras.models.load_model(path, custom_objects=named),
        )


@pytest.mark.parametrize("form", ["h5", "json"])
def test_a_relative_folder_is_asked_for(
    old: Old, evil: Evil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    evil.put(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    error = refused(evil, getattr(old, form)("model"))
    hub.trust(error.tree)
    getattr(old, form)("model")()
    assert evil.ran


@pytest.mark.parametrize("form", ["h5", "json"])
def test_the_door_can_be_closed(
    old: Old,
    host: Any,
    evil: Evil,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    monkeypatch.setenv("TFHUB_OLD_FILES", "refuse")
    folder = evil.put(tmp_path / "elsewhere")
    for handle in (host.add("/evil/1", evil.folder), folder):
        refused(evil, getattr(old, form)(handle))
    assert host.requests == []
    hub.trust(tree_of_folder(folder))
    getattr(old, form)(folder)()
    assert evil.ran
    monkeypatch.setenv("TFHUB_OLD_FILES", "maybe")
    with pytest.raises(HubError, match="TFHUB_OLD_FILES is 'maybe'"):
        getattr(old, form)(host.url + "/evil/1")()


@pytest.mark.parametrize("form", ["h5", "json"])
def test_what_a_file_brought_is_cloned_only_as_it_was(
    old: Old,
    keras: Any,
    evil: Evil,
    models: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    """The program has opened nothing itself, and the model there may be another."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(models["plain"], folder)
    with pytest.warns(UserWarning, match="TFHUB_OLD_FILES"):
        model = getattr(old, form)(str(folder))()
    monkeypatch.setenv("TFHUB_OLD_FILES", "refuse")
    keras.models.clone_model(model)
    shutil.rmtree(folder)
    evil.put(folder)
    refused(evil, lambda: keras.models.clone_model(model))
    refused(evil, getattr(old, form)(str(folder), "tfhub>KerasLayer"))


@pytest.mark.parametrize("form", ["h5", "json"])
def test_the_registered_name_is_no_old_file(
    old: Old, host: Any, evil: Evil, tmp_path: Path, form: str
) -> None:
    for handle in (host.add("/evil/1", evil.folder), evil.put(tmp_path / "elsewhere")):
        refused(evil, getattr(old, form)(handle, "tfhub>KerasLayer"))


@pytest.mark.parametrize("form", ["h5", "json"])
def test_what_is_embedded_is_no_old_file(
    old: Old, evil: Evil, form: str, layer: Any
) -> None:
    package = layer(str(evil.folder), embed=True).get_config()["embed"]
    assert evil.ran
    from tfhub.keras import trust

    trust._packages.clear()
    handle = "https://never.example/m/1"
    if form == "h5":
        file = save_h5(old.model, old.folder / "old.h5")
        forge_h5(file, naming(handle, embed=package), PLAIN)
        named = {PLAIN: old.layer}
        error = refused(
            evil, lambda: old.keras.models.load_model(file, custom_objects=named)
        )
    else:
        edit = naming(handle, embed=package)
        text = json.dumps(edited(json.loads(old.model.to_json()), edit, PLAIN))
        named = {PLAIN: old.layer}
        error = refused(
            evil, lambda: old.keras.models.model_from_json(text, custom_objects=named)
        )
    assert error.sha256 == package["sha256"]


def test_without_custom_objects_a_plain_name_is_nothing(
    old: Old, keras: Any, host: Any, evil: Evil
) -> None:
    url = host.add("/evil/1", evil.folder)
    old.h5(url)
    with pytest.raises(Exception, match="KerasLayer"):
        keras.models.load_model(old.folder / "old.h5")
    refused(evil, lambda: old.layer.from_config({"handle": url}))
    assert host.requests == []


def test_a_scope_is_as_custom_objects(
    old: Old, keras: Any, host: Any, evil: Evil
) -> None:
    old.h5(host.add("/evil/1", evil.folder))
    with (
        keras.saving.custom_object_scope({PLAIN: old.layer}),
        pytest.warns(UserWarning, match="TFHUB_OLD_FILES"),
    ):
        keras.models.load_model(old.folder / "old.h5")
    assert evil.ran


def test_a_file_without_a_place_has_no_folder_elsewhere(
    old: Old, is_keras3: bool, evil: Evil, tmp_path: Path
) -> None:
    import h5py

    if is_keras3:
        pytest.skip("Keras 3 takes paths alone")
    old.h5(evil.put(tmp_path / "elsewhere"))
    content = io.BytesIO((old.folder / "old.h5").read_bytes())
    named = {PLAIN: old.layer}
    with h5py.File(content) as file:
        refused(evil, lambda: old.keras.models.load_model(file, custom_objects=named))


def test_training_data_that_is_open_does_not_matter(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    """A clone is no file, though an `.h5` file is open."""
    import h5py

    data = Path(models["plain"]).parent / "data.h5"
    with h5py.File(data, "w"):
        model = keras.Sequential([keras.Input([4]), layer(models["plain"])])
        assert keras.models.clone_model(model)(X).shape == (2, 3)
        again = keras.Sequential.from_config(model.get_config())
        assert again(X).shape == (2, 3)


def test_a_saved_model_of_keras_2(
    old: Old, is_keras3: bool, keras: Any, tmp_path: Path
) -> None:
    """It is a program itself: where the layer is refused, its own graph is used."""
    if is_keras3:
        pytest.skip("Keras 3 reads no such")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old.model.save(tmp_path / "saved", save_format="tf")
    same = keras.models.load_model(tmp_path / "saved")
    assert type(same.layers[-1]) is old.layer  # the program opened it
    from tfhub.asking import opened

    opened._opened.clear()
    other = keras.models.load_model(tmp_path / "saved")
    assert type(other.layers[-1]) is not old.layer
    np.testing.assert_allclose(other.predict(X, verbose=0), old.model(X), rtol=1e-6)


@pytest.mark.parametrize("name", ["new.keras", "NEW.Keras"])
def test_hdf5_under_the_name_of_a_keras_file_is_no_exception(
    old: Old, evil: Evil, host: Any, name: str
) -> None:
    """Keras 2 looks at what a file holds; Keras 3 reads no such file."""
    old.h5(host.add("/evil/1", evil.folder))
    renamed = (old.folder / "old.h5").rename(old.folder / name)
    with pytest.raises(ValueError, match="obody said|not found|not supported"):
        old.keras.models.load_model(renamed, custom_objects={PLAIN: old.layer})
    assert not evil.ran
    assert host.requests == []
