"""What is fuzzed: how a case is made from the seeds, and what is done with it.

A target takes the folder of the seeds, a random generator and an empty folder. It
returns when all is well, and may raise a HubError.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import random
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .mutations import change_bytes, change_json, change_message, change_value

Target = Callable[[Path, random.Random, Path], None]


@lru_cache
def seeds(corpus: Path, pattern: str) -> list[tuple[Path, bytes]]:
    """The files of the corpus that match, each with its bytes."""
    found = [(file, file.read_bytes()) for file in sorted(corpus.glob(pattern))]
    assert found, pattern
    return found


def _pick(
    corpus: Path, pattern: str, rng: random.Random
) -> tuple[Path, bytes, list[bytes]]:
    found = seeds(corpus, pattern)
    file, data = rng.choice(found)
    return file, data, [content for _, content in found]


def _times(rng: random.Random) -> range:
    return range(rng.choice([1, 1, 1, 2, 5]))


def _describe(folder: Path) -> None:
    """All that shows a model."""
    from tfhub.cli import tables
    from tfhub.formats.saved_model import describe_folder
    from tfhub.formats.scanning import scan_folder
    from tfhub.runtime import bridge

    with contextlib.redirect_stdout(io.StringIO()) as out:
        scan = scan_folder(folder)
        tables.show_scan(scan)
        json.dumps(scan.to_dict())
        model = describe_folder(folder)
        tables.show(model)
        json.dumps(model.to_dict())
        bridge.describe(str(folder))
    text = out.getvalue()
    assert all(char.isprintable() for char in text.replace("\n", "")), text
    assert len(text) < 5_000_000


def saved_model(corpus: Path, rng: random.Random, folder: Path) -> None:
    file, data, others = _pick(corpus, "models/*/saved_model.pb", rng)
    for _ in _times(rng):
        data = change_message(rng, data, others)
    (folder / "saved_model.pb").write_bytes(data)
    if rng.random() < 0.5 and (file.parent / "variables").exists():
        os.symlink(file.parent / "variables", folder / "variables")
    if rng.random() < 0.1:
        mark = change_message(rng, b"\x08\x03\x12\x02ab", others)
        (folder / "tfhub_module.pb").write_bytes(mark)
    _describe(folder)


def saved_model_text(corpus: Path, rng: random.Random, folder: Path) -> None:
    _, data, others = _pick(corpus, "models/*/saved_model.pbtxt", rng)
    cut = rng.randint(0, max(0, len(data) - 6000))
    data = data[: rng.choice([2000, 6000])] if rng.random() < 0.5 else data[:cut]
    for _ in _times(rng):
        data = change_bytes(rng, data, others)
        at = rng.randint(0, len(data))
        word = rng.choice(
            [b"{", b"}", b"<", b"[", b"9" * 5000, b"meta_graphs {" * 400, b'"', b"a: {"]
        )
        data = data[:at] + word + data[at:] if rng.random() < 0.4 else data
    (folder / "saved_model.pbtxt").write_bytes(data)
    _describe(folder)


def index(corpus: Path, rng: random.Random, folder: Path) -> None:
    from tfhub.cache.entries import is_whole
    from tfhub.formats.checkpoint import read_index

    _, data, others = _pick(corpus, "models/*/variables/variables.index", rng)
    body, footer = data[:-48], data[-48:]
    for _ in _times(rng):
        if rng.random() < 0.8:
            body = change_bytes(rng, body, others)
        else:
            footer = change_bytes(rng, footer, others)
    (folder / "variables").mkdir()
    (folder / "variables/variables.index").write_bytes(body + footer)
    (folder / "saved_model.pb").write_bytes(b"")
    is_whole(str(folder))
    read_index(folder / "variables/variables.index")


def archive(corpus: Path, rng: random.Random, folder: Path) -> None:
    from tfhub.archive.unpacking import unpack
    from tfhub.net.progress import Meter

    _, data, others = _pick(corpus, "archives/*", rng)
    for _ in _times(rng):
        data = change_bytes(rng, data, others)
        if rng.random() < 0.3 and len(data) >= 1024:  # a header whose sum is right
            at = rng.randrange(len(data) // 512) * 512
            block = bytearray(data[at : at + 512])
            block[rng.randrange(512)] = rng.choice(b"01xgLKSVD\0\xff/.")
            block[148:156] = b" " * 8
            block[148:156] = b"%06o\0 " % sum(block)
            data = data[:at] + bytes(block) + data[at + 512 :]
    pack = rng.choice([bytes, bytes, gzip.compress, bz2.compress, lzma.compress])
    data = pack(data)
    if rng.random() < 0.2:
        data = change_bytes(rng, data, others)
    unpack(iter([data]), folder / "out", "The archive", Meter(None))


def manifest(corpus: Path, rng: random.Random, folder: Path) -> None:
    import tfhub

    cache = folder / "cache"
    shutil.copytree(corpus / "cache", cache)
    [file] = cache.glob("*.manifest.json")
    data = file.read_bytes()
    for _ in _times(rng):
        with contextlib.suppress(ValueError, RecursionError):
            data = change_json(rng, data, [data])
    file.write_bytes(data)
    os.environ["TFHUB_CACHE_DIR"] = str(cache)
    assert len(tfhub.cache_list(check=True)) == 1
    tfhub.cache_verify()


def bundle(corpus: Path, rng: random.Random, folder: Path) -> None:
    import tarfile

    import tfhub

    data = (corpus / "bundle.tar").read_bytes()
    if rng.random() < 0.5:
        data = change_bytes(rng, data, [data])
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            parts = [(m, f.read() if (f := tar.extractfile(m)) else b"") for m in tar]
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for member, content in parts:
                if member.name.endswith(".json"):
                    with contextlib.suppress(ValueError):
                        content = change_json(rng, content, [data])
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        data = out.getvalue()
    file = folder / "bundle.tar"
    file.write_bytes(data)
    os.environ["TFHUB_CACHE_DIR"] = str(folder / "cache")
    tfhub.cache_import(file)
    tfhub.cache_list(check=True)


def handle(corpus: Path, rng: random.Random, folder: Path) -> None:
    import tfhub

    text = rng.choice(
        [
            "https://h.invalid/google/nnlm/1?a=b#sha256=" + "0" * 64,
            "kaggle://google/nnlm/tensorFlow2/x/1",
            "hf://a/b@main/c",
            "gs://bucket/m.tar.gz",
            "file:///nowhere/m",
            str(folder / "x.tar.gz"),
            f"{corpus}/models/fruit",
        ]
    ).encode()
    for _ in _times(rng):
        text = change_bytes(rng, text, [text])
    os.environ["TFHUB_CACHE_DIR"] = str(folder / "cache")
    tfhub.resolve(text.decode("utf-8", "surrogateescape"), offline=True)


def keras_config(corpus: Path, rng: random.Random, folder: Path) -> None:  # noqa: ARG001
    """The configuration of a layer, as a `.keras` file has it, under safe mode."""
    import keras

    import tfhub
    from tfhub.trusted import given

    config = json.loads((corpus / "layer.json").read_bytes())
    given._digests.clear()
    if rng.random() < 0.5:  # what comes after the question of trust
        tfhub.trust(config["tree"])
    for _ in _times(rng):
        config = change_value(rng, config)
    if isinstance(config, dict):
        with keras.src.saving.serialization_lib.SafeModeScope(True):
            tfhub.KerasLayer.from_config(config)


def tf1_module(corpus: Path, rng: random.Random, folder: Path) -> None:
    """What `load_module_spec()` reads, TensorFlow's own parser included."""
    import tfhub

    pattern = "models/tf1_*/saved_model.pb"
    file, data, others = _pick(corpus, pattern, rng)
    for _ in _times(rng):
        data = change_message(rng, data, others)
    (folder / "saved_model.pb").write_bytes(data)
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    os.symlink(file.parent / "variables", folder / "variables")
    spec: Any = tfhub.load_module_spec(str(folder))
    for tags in spec.get_tags():
        for name in spec.get_signature_names(tags):
            spec.get_input_info_dict(name, tags)
            spec.get_output_info_dict(name, tags)


TARGETS: dict[str, Target] = {
    each.__name__: each
    for each in (
        saved_model,
        saved_model_text,
        index,
        archive,
        manifest,
        bundle,
        handle,
        keras_config,
        tf1_module,
    )
}
HEAVY = {"keras_config", "tf1_module"}  # they import TensorFlow
