"""The table of old models: what is in it, what finds them, what is told of them."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

import tfhub as hub
from tfhub.catalog.matching import best, is_near, near
from tfhub.catalog.tables import FILE, models, versions
from tfhub.catalog.telling import told
from tfhub.cli.main import main
from tfhub.errors import DownloadError, InputError

PATHS = sorted(path for path, model in models().items() if model.is_for_tensorflow)
HOST = "https://tfhub.dev/"


def test_every_model_for_tensorflow_is_known() -> None:
    assert len(PATHS) == 1815
    assert all(models()[path].format for path in PATHS)
    assert len({path.partition("/")[0] for path in PATHS}) == 31
    assert FILE.stat().st_size < 60_000


def test_a_changed_letter_finds_it_among_the_first_three() -> None:
    number = random.Random(1)
    for path in number.sample(PATHS, 200):
        at = number.choice([i for i, char in enumerate(path) if char.isalpha()])
        letter = number.choice([c for c in "abcdefghij" if c != path[at].lower()])
        other = path[:at] + letter + path[at + 1 :]
        assert path in [each.path for each in best(other, lambda _: True, 3)], other
        assert path in near(other, 3), other


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("universal sentence encoder", "google/universal-sentence-encoder/4"),
        ("universal-sentence-encoder/3", "google/universal-sentence-encoder/3"),
        ("elmo", "google/elmo/3"),
        ("yamnett", "google/yamnet/1"),
        ("mobilnet v2 100 224 classification",
         "google/imagenet/mobilenet_v2_100_224/classification/5"),
        ("style transfer", "google/magenta/arbitrary-image-stylization-v1-256/2"),
        ("https://tfhub.dev/google/nnlm-en-dim50/2", "google/nnlm-en-dim50/2"),
    ],
)  # fmt: skip
def test_words_find_models(query: str, path: str) -> None:
    assert hub.search(query, most=1)[0].handle == HOST + path


def test_what_is_asked_for_narrows_it_down() -> None:
    spanish = hub.search("text embedding", language="Spanish", most=50)
    assert spanish
    assert all("es" in each.language for each in spanish)
    modules = hub.search(
        publisher="google", format="TF1 Hub module", fine_tunable=True, most=5
    )
    assert [each.use for each in modules] == ["load, Module"] * 5
    assert all(each.handle.startswith(f"{HOST}google/") for each in modules)
    assert all(each.fine_tunable for each in modules)
    berts = hub.search(architecture="bert", task="embedding", most=5)
    assert all("bert" in each.architecture for each in berts)
    assert hub.search(dataset="imagenet-21k", most=1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"task": "cooking"}, "There is no task 'cooking'"),
        ({"format": "zip"}, "TF2 SavedModel, |TF1 Hub module, "),
        ({"publisher": "nobody"}, "There is no publisher 'nobody'"),
        ({"language": "xx"}, "There is no language 'xx'"),
    ],
)
def test_what_there_is_not_is_said(given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        hub.search("model", **given)  # type: ignore[arg-type]


def test_nothing_found_is_said() -> None:
    with pytest.raises(InputError, match="Nothing fits 'qqqqxxxx'"):
        hub.search("qqqqxxxx")
    with pytest.raises(InputError, match="Nearest come .*elmo"):
        hub.search("elmo", task="image-classification")


@pytest.mark.parametrize(
    ("path", "fact", "way"),
    [
        ("google/elmo/9", "had the versions 1, 2 and 3 of it", "google/elmo/3"),
        ("google/elmo", "had the versions 1, 2 and 3 of it", "google/elmo/3"),
        ("google/elmoo/3", "never had such a model", "Did you mean"),
        ("silero/silero-stt/de/1", "deleted in March 2024", ""),
        ("google/yamnet/classification/coral/1", "for Coral, not as a Saved", ""),
        ("google/yamnet/tflite/1", "for TensorFlow Lite, not", "google/yamnet/1"),
        ("google/universal-sentence-encoder/4", "",
         "kaggle://google/universal-sentence-encoder/tensorFlow2/"),
        ("adityakane2001/regnety200mf_classification/1", "",
         "https://storage.googleapis.com/ak-regnety"),
    ],
)  # fmt: skip
def test_what_is_known_of_an_old_handle(path: str, fact: str, way: str) -> None:
    for begin in (HOST, "http://www.tfhub.dev/"):
        said, hint = told(f"{begin}{path}?a=b")
        assert fact in said
        assert way in hint


def test_of_other_handles_nothing_is_told() -> None:
    for handle in ("https://example.com/google/elmo/9", "elmo", "https://tfhub.dev/"):
        assert told(handle) == ("", "")


def test_an_error_tells_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_RETRIES", "0")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="had the versions 1, 2 and 3") as raised:
        hub.resolve(f"{HOST}google/elmo/9")
    assert f"{HOST}google/elmo/3" in (raised.value.hint or "")


def test_one_typing_error() -> None:
    for other in ("elmo", "elno", "emlo", "elmoo", "elm", "lelmo"):
        assert is_near("elmo", other)
    for other in ("elephant", "eml", "omle", "elmooo"):
        assert not is_near("elmo", other)


def test_the_newest_version_comes_first() -> None:
    assert all(
        [each.version for each in there] == sorted({e.version for e in there})[::-1]
        for there in versions().values()
    )


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert not main(["search", "elmo", "--most", "1"])
    assert capsys.readouterr().out.startswith(f"{HOST}google/elmo/3  TF1 Hub module,")
    assert not main(["search", "elmo", "--most", "1", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["handle"] == f"{HOST}google/elmo/3"


def test_a_search_loads_neither_tensorflow_nor_numpy() -> None:
    code = "import tfhub, sys; tfhub.search('elmo'); print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"tensorflow", "numpy", "urllib3"} & set(run.stdout.split())
