"""What each error says, in both languages, as it stands in `data/errors.txt`.

`UPDATE_ERROR_TEXTS=1 pytest tests/python/test_error_texts.py` writes the file anew:
read what changed.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors
from tfhub.old_name import asking, gone
from tfhub.testing import Host, archive_bytes, save_fruit_model

TEXTS = Path(__file__).parent / "data" / "errors.txt"
v1 = tf.compat.v1

# Bases, and what only a server of a certain kind, an older TensorFlow, a fork or a
# damaged graph gives: tests of these have their texts.
ELSEWHERE = {
    *("HubError", "BrokenDownloadError", "UncompressedError", "EstimatorError"),
    *("ForkedError", "AssetError", "ModelLoadError", "OtherKerasError"),
}
CLASSES = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.HubError)
}


def no_handle(_: Path) -> None:
    hub.resolve("ftp://example.com/model")


def no_folder(tmp: Path) -> None:
    hub.resolve(tmp / "none")


def no_server(_: Path) -> None:
    os.environ["TFHUB_RETRIES"] = "0"
    hub.resolve("http://127.0.0.1:9/model/1")


def no_page(_: Path) -> None:
    with Host() as host:
        hub.resolve(host.url + "/gone/1")


def offline(_: Path) -> None:
    hub.resolve("https://example.com/model/1", offline=True)


def no_archive(tmp: Path) -> None:
    (tmp / "model.tar.gz").write_text("<html>")
    hub.resolve(tmp / "model.tar.gz")


def unsafe(tmp: Path) -> None:
    with tarfile.open(tmp / "model.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("../outside"), io.BytesIO())
    hub.resolve(tmp / "model.tar")


def other_digest(tmp: Path) -> None:
    (tmp / "model.tar.gz").write_bytes(archive_bytes(save_fruit_model(tmp / "fruit")))
    hub.resolve(f"{tmp}/model.tar.gz#sha256={'0' * 64}")


def no_cache(tmp: Path) -> None:
    (tmp / "file").write_text("")
    os.environ["TFHUB_CACHE_DIR"] = str(tmp / "file")
    with Host() as host:
        host.add("/fruit/1", save_fruit_model(tmp / "fruit"))
        hub.resolve(host.url + "/fruit/1")


def no_model(tmp: Path) -> None:
    (tmp / "notes.txt").write_text("x")
    hub.load(tmp)


def damaged(tmp: Path) -> None:
    (tmp / "saved_model.pb").write_bytes(b"<html>")
    hub.load(tmp)


def bad_vectors(tmp: Path) -> None:
    (tmp / "vectors.txt").write_text("cat 1 0\ndog 1\n")
    hub.export_text_embedding(tmp / "vectors.txt", tmp / "module")


def no_image(tmp: Path) -> None:
    hub.read_images([tmp / "none.png", __file__])


def unfit(tmp: Path) -> None:
    hub.Module(save_fruit_model(tmp / "fruit"))


def no_tags(tmp: Path) -> None:
    hub.load(save_fruit_model(tmp / "fruit"), tags=["train"])


def no_signature(tmp: Path) -> None:
    hub.load(save_fruit_model(tmp / "fruit"))(["a"], signature="embed")


def two_outputs() -> None:
    x = v1.placeholder(tf.float32, [None], name="x")
    w = v1.get_variable("w", initializer=2.0)
    hub.add_signature(inputs=x, outputs={"a": w * x, "b": x})


def no_checkpoint(tmp: Path) -> None:
    spec = hub.create_module_spec(two_outputs)
    spec.export(str(tmp / "module"), checkpoint_path=str(tmp / "none"))


def exists(tmp: Path) -> None:
    save_fruit_model(tmp / "fruit")
    hub.export(hub.load(tmp / "fruit"), tmp / "fruit")


def no_place(tmp: Path) -> None:
    (tmp / "file").write_text("")
    hub.export(hub.load(save_fruit_model(tmp / "fruit")), tmp / "file" / "below")


def no_message(_: Path) -> None:
    spec = hub.create_module_spec(two_outputs)
    spec.get_attached_message("info", hub.ImageModuleInfo, required=True)


def other_graph(_: Path) -> None:
    module = hub.Module(hub.create_module_spec(two_outputs))
    with tf.Graph().as_default():
        module([1.0])


def no_signature_added(_: Path) -> None:
    hub.create_module_spec(lambda: None)


def legacy_layers(_: Path) -> None:
    def build() -> None:
        x = v1.placeholder(tf.float32, [None, 3])
        hub.add_signature(inputs=x, outputs=v1.layers.dense(x, 2))

    hub.create_module_spec(build)


def bad_layer(tmp: Path) -> None:
    hub.KerasLayer(save_fruit_model(tmp / "fruit"), signature="fruit_to_pet")


def no_trust(tmp: Path) -> None:
    keras = tf.keras
    layer = hub.KerasLayer(save_fruit_model(tmp / "fruit"))
    model = keras.Sequential([keras.Input([3]), layer])
    model.save(tmp / "model.keras")
    keras.models.load_model(tmp / "model.keras", {"KerasLayer": hub.KerasLayer})


def no_policy(tmp: Path) -> None:
    model: Any = tf.Module()
    signature = tf.TensorSpec([], tf.string)
    model.read = tf.function(tf.io.read_file, input_signature=[signature])
    tf.saved_model.save(model, str(tmp / "reader"))
    hub.load(tmp / "reader", policy="refuse")


def no_config(tmp: Path) -> None:
    hub.KerasLayer(hub.load(save_fruit_model(tmp / "fruit"))).get_config()


def no_input(tmp: Path) -> None:
    hub.load(save_fruit_model(tmp / "fruit"))(np.ones(3))


def no_symbolic_input(tmp: Path) -> None:
    layer = hub.KerasLayer(save_fruit_model(tmp / "fruit"))
    layer(tf.keras.Input([4]))


def no_output(_: Path) -> None:
    hub.Module(hub.create_module_spec(two_outputs))([1.0])


def no_package(_: Path) -> None:
    sys.modules["huggingface_hub"] = None  # type: ignore[assignment]
    hub.resolve("hf://owner/model")


def no_alias(_: Path) -> None:
    asking.ask()
    try:
        import tensorflow_hub.module_impl  # noqa: F401
    finally:
        asking.give_back()


def no_part(_: Path) -> None:
    gone.refuse("native_module.get_state_map", "Use hub.Module().")


CALLS: dict[str, Callable[[Path], None]] = {
    "HandleError": no_handle,
    "HandleNotFoundError": no_folder,
    "DownloadError": no_server,
    "HTTPStatusError": no_page,
    "OfflineError": offline,
    "ArchiveError": no_archive,
    "UnsafeArchiveError": unsafe,
    "ChecksumError": other_digest,
    "CacheError": no_cache,
    "ModelNotFoundError": no_model,
    "ModelFormatError": damaged,
    "EmbeddingFileError": bad_vectors,
    "ImageFileError": no_image,
    "UnfitModuleError": unfit,
    "TagsError": no_tags,
    "SignatureNotFoundError": no_signature,
    "CheckpointError": no_checkpoint,
    "ModelExistsError": exists,
    "WriteError": no_place,
    "MessageNotFoundError": no_message,
    "GraphError": other_graph,
    "ModuleFnError": no_signature_added,
    "LegacyLayersError": legacy_layers,
    "LayerError": bad_layer,
    "TrustError": no_trust,
    "PolicyError": no_policy,
    "LayerConfigError": no_config,
    "InputError": no_input,
    "SymbolicInputError": no_symbolic_input,
    "OutputError": no_output,
    "AliasError": no_alias,
    "GoneError": no_part,
    "DependencyError": no_package,
}


def plain(text: str, tmp: Path) -> str:
    """Without what differs between machines and versions."""
    text = text.replace(str(tmp), "<tmp>").replace(__file__, "<test>")
    text = re.sub(r"127\.0\.0\.1:\d{4,}", "<host>", text)
    text = re.sub(r"\[Errno \d+\] ", "", text)
    text = re.sub(r"tree1:[0-9a-f]{64}", "tree1:<digest>", text)
    text = re.sub(r"[0-9a-f]{64}", "<digest>", text)
    # How much of a reason protobuf gives
    text = re.sub(r"(Error parsing message) with type .*", r"\1", text)
    return text.replace(tf.__version__, "<version>")


def stored() -> dict[str, str]:
    parts = re.split(r"^# (\w+)\n", TEXTS.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", CALLS)
def test_an_error_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    for variable in ("TFHUB_RETRIES", "TFHUB_TRUSTED", "TFHUB_OFFLINE"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setitem(sys.modules, "huggingface_hub", sys)  # so that it is put back
    kind = getattr(errors, name)
    with pytest.raises(errors.HubError) as caught:
        CALLS[name](tmp_path)
    error = errors.original(caught.value)
    assert isinstance(error, kind)
    assert isinstance(error, errors.HubError)
    parts = []
    for language, title in (("python", "## Python"), ("r", "## R")):
        message, hint = error.in_words(language)  # type: ignore[arg-type]
        assert hint, "there is no next step"
        parts.append(f"{title}\n{plain(message, tmp_path)}\n> {plain(hint, tmp_path)}")
    text = "\n".join(parts) + "\n\n"
    if os.environ.get("UPDATE_ERROR_TEXTS"):
        known = stored() if TEXTS.exists() else {}
        known[name] = text
        everything = (f"# {each}\n{known[each]}" for each in CALLS if each in known)
        TEXTS.write_text("".join(everything), "utf-8")
    assert stored()[name] == text


def test_every_class_has_its_text() -> None:
    assert CALLS.keys() | ELSEWHERE == CLASSES
    assert stored().keys() == CALLS.keys()


def test_every_error_is_raised_with_a_next_step() -> None:
    """Where it is made by its class; `typed()` and such take one that has it."""
    without = list[str]()
    raised = CLASSES - {"HubError"}  # what a server answers with
    package = Path(hub.__file__).parent
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in raised:
                named = {keyword.arg for keyword in node.keywords}
                if not named & {"hint", None}:
                    without.append(f"{file.relative_to(package)}:{ast.unparse(node)}")
    assert [each for each in without if "ArchiveError(_STOPS)" not in each] == []
