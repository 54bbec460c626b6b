"""The parts of resolving that programs took from `tensorflow_hub.resolver`."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import urllib.error
from pathlib import Path

import pytest
from absl import flags

import tfhub
from tfhub.testing import Host, archive_bytes

from ..conftest import tree

pytestmark = pytest.mark.usefixtures("asked")


def test_the_folder_of_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorflow_hub import resolver

    assert resolver.tfhub_cache_dir() == str(cache)
    assert resolver.tfhub_cache_dir(default_cache_dir="/other") == str(cache)
    monkeypatch.setenv("TFHUB_CACHE_DIR", "")
    assert resolver.tfhub_cache_dir() is None
    assert resolver.tfhub_cache_dir(default_cache_dir="/other") == "/other"
    temporary = resolver.tfhub_cache_dir(use_temp=True)
    assert temporary == tfhub.cache_dir()


def test_flags_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tensorflow_hub import resolver

    monkeypatch.setenv("TFHUB_CACHE_DIR", "")
    monkeypatch.setattr(flags.FLAGS["tfhub_cache_dir"], "value", str(tmp_path))
    assert resolver.tfhub_cache_dir() == tfhub.cache_dir() == str(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", "/first")
    assert tfhub.cache_dir() == "/first"
    assert resolver.model_load_format() == "AUTO"
    flag = flags.FLAGS["tfhub_model_load_format"]
    monkeypatch.setattr(flag, "value", "UNCOMPRESSED")
    assert resolver.model_load_format() == "UNCOMPRESSED"
    assert resolver.ModelLoadFormat("AUTO").name == "AUTO"


def test_a_place_in_the_cache(tmp_path: Path) -> None:
    from tensorflow_hub import compressed_module_resolver, resolver

    made = resolver.create_local_module_dir(str(tmp_path / "a" / "b"), "m")
    assert made == str(tmp_path / "a" / "b" / "m")
    assert os.listdir(tmp_path / "a" / "b") == []
    handle = "https://example.com/m/1"
    place = compressed_module_resolver._module_dir(handle)
    assert place.endswith(hashlib.sha1(handle.encode()).hexdigest())


def test_one_download_for_all_who_ask(tmp_path: Path) -> None:
    from tensorflow_hub import resolver

    calls = []

    def download(handle: str, folder: str) -> None:
        calls.append(handle)
        assert os.path.isdir(folder)
        assert not target.exists()
        Path(folder, "saved_model.pb").write_text("whole")

    target = tmp_path / "cache" / "m"
    os.makedirs(target.parent)
    arguments = ("handle", download, str(target), 10)
    threads = [
        threading.Thread(target=resolver.atomic_download, args=arguments)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["handle"]
    assert resolver.atomic_download(*arguments) == str(target)
    left = {path.name for path in target.parent.iterdir()}
    assert left == {"m", "m.descriptor.txt", ".locks"}
    text = (target.parent / "m.descriptor.txt").read_text()
    assert text.startswith("Module: handle\nDownload Time: ")


def test_a_download_that_fails_leaves_nothing(tmp_path: Path) -> None:
    from tensorflow_hub import resolver

    def fail(handle: str, folder: str) -> None:
        Path(folder, "half").write_text("half")
        raise ConnectionError(handle)

    with pytest.raises(ConnectionError, match="handle"):
        resolver.atomic_download("handle", fail, str(tmp_path / "m"), 10)
    assert [path.name for path in tmp_path.iterdir()] == [".locks"]


def test_a_lock_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    from filelock import FileLock
    from tensorflow_hub import resolver

    (tmp_path / ".locks").mkdir()
    with FileLock(tmp_path / ".locks" / "m.lock"), pytest.raises(OSError, match="0.1"):
        resolver.atomic_download("h", print, str(tmp_path / "m"), 0.1)


def test_an_archive_is_unpacked_as_it_comes(
    archive: bytes, model: Path, tmp_path: Path
) -> None:
    from tensorflow_hub import file_utils, resolver

    manager = resolver.DownloadManager("https://example.com/m/1")
    manager.download_and_uncompress(io.BytesIO(archive), str(tmp_path / "a"))
    assert tree(tmp_path / "a") == tree(model)
    told: list[int] = []
    file_utils.extract_tarfile_to_destination(
        io.BytesIO(archive), str(tmp_path / "b"), lambda _, done: told.append(done)
    )
    assert tree(tmp_path / "b") == tree(model)
    assert sum(told) == len(archive)
    with pytest.raises(OSError, match="not an archive|HTML|text"):
        manager.download_and_uncompress(io.BytesIO(b"<html>"), str(tmp_path / "c"))
    with pytest.raises(ValueError, match="is invalid"):
        file_utils.merge_relative_path("/a", "b/../../c")
    assert file_utils.merge_relative_path("/a", "/b/./c") == "/a/b/c"


def test_resolvers_by_themselves(host: Host, model: Path) -> None:
    from tensorflow_hub import compressed_module_resolver as compressed
    from tensorflow_hub import resolver
    from tensorflow_hub import uncompressed_module_resolver as uncompressed

    paths = resolver.PathResolver()
    assert paths.is_supported("anything")
    assert paths(str(model)) == str(model)
    with pytest.raises(OSError, match="none"):
        paths(str(model / "none"))
    host.add("/m/1", model)
    http = compressed.HttpCompressedFileResolver()
    assert http.is_supported(host.url)
    assert not http.is_supported("/folder")
    assert tree(http(f"{host.url}/m/1")) == tree(model)
    gcs = compressed.GcsCompressedFileResolver()
    assert gcs.is_supported("gs://bucket/m.tar.gz")
    assert not gcs.is_supported("gs://bucket/m")
    assert not uncompressed.HttpUncompressedFileResolver().is_supported(host.url)


def test_a_resolver_that_is_derived(host: Host, model: Path) -> None:
    """As programs write them, over the parts of the base."""
    from tensorflow_hub import resolver

    class Own(resolver.HttpResolverBase):
        def __call__(self, handle: str) -> str:
            url = self._append_compressed_format_query(handle)

            def download(_: str, folder: str) -> None:
                answer = self._call_urlopen(resolver.urllib.request.Request(url))
                manager = resolver.DownloadManager(handle)
                manager.download_and_uncompress(answer, folder)

            place = resolver.create_local_module_dir(tfhub.cache_dir(), "own")
            return resolver.atomic_download(handle, download, place)

    host.add("/m/1", model)
    own = Own()
    own._set_url_context(None)
    assert own.is_supported(f"{host.url}/m/1")
    assert tree(own(f"{host.url}/m/1")) == tree(model)
    with pytest.raises(urllib.error.HTTPError):
        Own()._call_urlopen(f"{host.url}/none")


def test_a_file_is_resolved_to_itself(tmp_path: Path, model: Path) -> None:
    """For keras.models.load_model(hub.resolve(path)), as Beam has it."""
    import tensorflow_hub as hub

    file = tmp_path / "model.keras"
    file.write_bytes(b"of Keras")
    assert hub.resolve(str(file)) == str(file)
    (tmp_path / "m.tar.gz").write_bytes(archive_bytes(model))
    assert tree(hub.resolve(str(tmp_path / "m.tar.gz"))) == tree(model)


def test_small_helpers(tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow_hub import tf_utils

    sizes = {0: "0", 1023: "1023", 1536: "1.50k", 3 << 19: "1.50M", 3 << 29: "1.50G"}
    assert {n: tf_utils.bytes_to_readable_str(n) for n in sizes} == sizes
    assert tf_utils.bytes_to_readable_str(1536, include_b=True) == "1.50kB"
    assert tf_utils.bytes_to_readable_str(None) == "None"
    file = str(tmp_path / "new" / "text")
    tf_utils.atomic_write_string_to_file(file, "one", False)
    with pytest.raises(tf.errors.AlreadyExistsError):
        tf_utils.atomic_write_string_to_file(file, "two", False)
    tf_utils.atomic_write_string_to_file(file, "two", True)
    assert tf_utils.read_file_to_string(file) == "two"
    assert os.listdir(tmp_path / "new") == ["text"]
    for name in ("9", "10", "11", "other"):
        (tmp_path / "exports" / name).mkdir(parents=True)
    tf_utils.garbage_collect_exports(str(tmp_path / "exports"), 2)
    assert sorted(os.listdir(tmp_path / "exports")) == ["10", "11", "other"]
    folder = tf_utils.get_timestamped_export_dir(str(tmp_path))
    assert tf_utils.get_temp_export_dir(folder).startswith(os.fsencode(tmp_path))
    ragged = tf.ragged.constant([[1], [2, 3]])
    assert tf_utils.is_composite_tensor(ragged)
    assert not tf_utils.is_composite_tensor(tf.constant(1))
    spec = tf_utils.get_composite_tensor_type_spec(ragged)
    parts = tf.nest.flatten(ragged, expand_composites=True)
    again = tf_utils.composite_tensor_from_components(spec, parts)
    assert again.to_list() == ragged.to_list()
    assert tf_utils.absolute_path("gs://a/b") == "gs://a/b"
    assert tf_utils.absolute_path("a") == os.path.abspath("a")


def test_the_flags_are_there_before_anything_is_used() -> None:
    code = (
        "import tfhub.as_tensorflow_hub, tensorflow_hub, sys\n"
        "from absl import app, flags\n"
        "assert 'tensorflow' not in sys.modules\n"
        "import tfhub\n"
        "app.run(lambda _: print(tfhub.cache_dir()))"
    )
    env = {**os.environ, "TFHUB_CACHE_DIR": ""}
    env["PYTHONPATH"] = str(Path(tfhub.__file__).parents[1])
    command = [sys.executable, "-c", code, "--tfhub_cache_dir=/given"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ran.stdout == "/given\n", ran.stderr
