"""Secrets are planted wherever a user or a server can put one; no output has them.

Each scene is played with real servers on loopback. Then all that it gave is searched:
the error in all its parts and its traceback, the log, what the command prints, what
others are told, and every file below the cache.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import tfhub
from tfhub.cli.main import main
from tfhub.errors import HubError
from tfhub.net.progress import Meter
from tfhub.testing import FaultServer, archive_bytes
from tfhub.testing.faults import drops_after, fails, first, send, sends

SECRET = "S3CR3T"
QUERY = f"?X-Amz-Signature={SECRET}&sig={SECRET};token={SECRET}&{SECRET}"

Scene = Callable[["Stage"], str]


class Stage:
    """A server, and what plants secrets into URLs of it."""

    def __init__(
        self, server: FaultServer, archive: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.server = server
        self.archive = archive
        self.set = monkeypatch.setenv

    def url(self, path: str = "/m", query: str = QUERY) -> str:
        """With user-info and a signature."""
        place = self.server.url.partition("://")[2]
        return f"http://user{SECRET}:{SECRET}@{place}{path}{query}"


@pytest.fixture
def stage(fruit: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("TFHUB_RETRIES", "1")
    monkeypatch.setenv("TFHUB_READ_TIMEOUT", "3")
    archive = archive_bytes(fruit)
    with FaultServer(archive) as server:
        yield Stage(server, archive, monkeypatch)


def status(code: int) -> Scene:
    def play(stage: Stage) -> str:
        stage.server.on("/m", fails(code, ETag=f'"{SECRET}"'))
        return stage.url()

    return play


def signed_redirect(code: int) -> Scene:
    """A server leads to a signed URL, as object stores have them."""

    def play(stage: Stage) -> str:
        stage.server.on("/m", fails(302, Location=f"/signed{QUERY}#{SECRET}"))
        stage.server.on("/signed", fails(code))
        return stage.url()

    return play


def redirect(location: str) -> Scene:
    def play(stage: Stage) -> str:
        stage.server.on("/m", fails(302, Location=location))
        return stage.url()

    return play


def body(content: bytes) -> Scene:
    def play(stage: Stage) -> str:
        stage.server.on("/m", sends(content))
        return stage.url()

    return play


def drop(stage: Stage) -> str:
    stage.server.on("/m", drops_after(stage.archive, 10))
    return stage.url()


def drop_for_ever(stage: Stage) -> str:
    stage.server.on("/m", drops_after(stage.archive, *[10] * 99))
    return stage.url()


def pinned(stage: Stage) -> str:
    stage.server.on("/m", sends(stage.archive))
    return stage.url() + "#sha256=" + "0" * 64


def refused(stage: Stage) -> str:  # noqa: ARG001
    return f"http://u:{SECRET}@127.0.0.1:1/m{QUERY}"


def unknown_host(stage: Stage) -> str:  # noqa: ARG001
    return f"http://u:{SECRET}@{'x' * 70}.invalid/m{QUERY}"


def proxy(value: str) -> Scene:
    def play(stage: Stage) -> str:
        stage.set("http_proxy", value)
        return "http://models.invalid/m"

    return play


def proxy_407(stage: Stage) -> str:
    stage.server.on("http://models.invalid/m", fails(407))
    stage.set("http_proxy", stage.url("", ""))
    return f"http://models.invalid/m{QUERY}"


def tunnel(stage: Stage) -> str:
    stage.set("https_proxy", stage.url("", ""))
    return f"https://u:{SECRET}@models.invalid/m{QUERY}"


def mirrors(stage: Stage) -> str:
    first = stage.url("/a/", "")
    second = stage.url("/b/*.tar.gz", f"?sig={SECRET}")
    stage.set("TFHUB_MIRROR", f"http://models.invalid/={first} http://models.={second}")
    stage.set("http_proxy", "")
    return f"http://models.invalid/m{QUERY}"


def no_rule(stage: Stage) -> str:
    stage.set("TFHUB_MIRROR", stage.url().replace("=", ""))
    return "http://models.invalid/m"


def spaced_rule(stage: Stage) -> str:
    stage.set("TFHUB_MIRROR", f"http://models.=http://u:x {SECRET}@h/")
    return "http://models.invalid/m"


def spaced_rules(rule: str) -> Scene:
    def play(stage: Stage) -> str:
        stage.set("TFHUB_MIRROR", rule)
        return "http://models.invalid/m"

    return play


def offline(stage: Stage) -> str:
    stage.set("TFHUB_OFFLINE", "1")
    return stage.url()


def uncompressed(stage: Stage) -> str:
    stage.set("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESSED")
    place = f"gs://u:{SECRET}@b/m"
    stage.server.on("/m", lambda h: send(h, place.encode(), 303, Location=place))
    return stage.url()


def bucket(stage: Stage) -> str:
    stage.set("AWS_ENDPOINT_URL", f"http://u:{SECRET}@127.0.0.1:1")
    return f"s3://b/x y?sig={SECRET} z {SECRET}"


def handle(text: str) -> Scene:
    return lambda _: text


def auth(value: str) -> Scene:
    def play(stage: Stage) -> str:
        stage.set("TFHUB_AUTH", value.format(stage.server.url.partition("://")[2]))
        stage.server.on("/m", fails(401))
        return stage.server.url + "/m"

    return play


FAILURES: dict[str, Scene] = {
    **{f"status {code}": status(code) for code in (401, 403, 404, 410, 500, 503)},
    **{f"a signed URL, {code}": signed_redirect(code) for code in (403, 404, 503)},
    "a redirect in circles": redirect(f"/m{QUERY}"),
    "a redirect to a login": redirect(f"http://u:{SECRET}@127.0.0.1:1/m"),
    "a redirect to a closed port": redirect(f"http://127.0.0.1:1/m{QUERY}"),
    "a redirect to ftp": redirect(f"ftp://u:{SECRET}@h/m"),
    "a redirect to a path": redirect(f"file:///etc/passwd?{SECRET}"),
    "no archive": body(b"<html>"),
    "an empty archive": body(b""),
    "connection dropped": drop_for_ever,
    "another archive than the pinned one": pinned,
    "connection refused": refused,
    "unknown host": unknown_host,
    "proxy refuses": proxy(f"http://u:{SECRET}@127.0.0.1:1"),
    "proxy without a scheme": proxy(f"u:{SECRET}@127.0.0.1:1"),
    "proxy with a slash in it": proxy(f"http://u:{SECRET}/x@127.0.0.1:1"),
    "proxy with a ? in it": proxy(f"http://u:x?{SECRET}@127.0.0.1:1"),
    "proxy with spaces in it": proxy(f"http://u:x {SECRET}@127.0.0.1:1"),
    "proxy with foreign letters": proxy(f"http://u:\u20ac{SECRET}@127.0.0.1:1"),
    "proxy with a host that is cut": proxy(f"http://u:{SECRET}@[::1"),
    "proxy of no known kind": proxy(f"socks9://u:{SECRET}@127.0.0.1:1"),
    "proxy wants another login": proxy_407,
    "proxy builds no tunnel": tunnel,
    "mirrors with logins": mirrors,
    "a mirror that is no rule": no_rule,
    "a mirror with a space in its login": spaced_rule,
    "a mirror with spaces in its login": spaced_rules(
        f"http://models.=http://u:x {SECRET} y@h/"
    ),
    "a mirror with a space in its signature": spaced_rules(
        f"http://models.=http://h/m?sig=x {SECRET}"
    ),
    "a login with a ; in it": auth("{}=Bearer x;" + SECRET + "=\u20ac"),
    "offline": offline,
    "uncompressed": uncompressed,
    "a handle with a space": handle(f"https://u:{SECRET} {SECRET}@h/m?a=b {SECRET}"),
    "a handle with a slash in the login": handle(f"https://u:{SECRET}/{SECRET}@h/m"),
    "a handle with a ? in the login": handle(f"https://u:{SECRET}?{SECRET}@h/m"),
    "a handle with a # in the login": handle(f"https://u:{SECRET}#{SECRET}@h/m"),
    "a handle with a control": handle(f"https://u:{SECRET}\x1b{SECRET}@h/m?{SECRET}"),
    "a handle with a line break": handle(f"https://u:x\n{SECRET}@h/m?a={SECRET}"),
    "a handle that is no UTF-8": handle(f"https://u:{SECRET}@h/m?\udcff={SECRET}"),
    "a handle with a wrong pin": handle(f"https://u:{SECRET}@h/m?{SECRET}#sha256=x"),
    "a handle that is too long": handle(f"https://u:{SECRET}@h/m?{SECRET * 5000}"),
    "a bucket that is none": handle(f"s3://u:{SECRET}@b/m?{SECRET}"),
    "a bucket that cannot be read": bucket,
    "another scheme": handle(f"ftp://u:{SECRET}@h/a b?c={SECRET} {SECRET}"),
    "a host in a file URL": handle(f"file://u:{SECRET}@h/m"),
    "a login that is wrong": auth("{}=Bearer " + SECRET),
    "a login that no header can hold": auth("{}=X-Key: " + SECRET + "\u20ac"),
    "a login that is no pair": auth(f"Bearer {SECRET}"),
}  # fmt: skip


def parts_of(error: BaseException) -> str:
    return "\n".join(
        [
            str(error),
            repr(error),
            repr(error.args),
            repr(vars(error)),
            "".join(traceback.format_exception(error)),
            repr(pickle.dumps(error)),
            repr([getattr(error, name, "") for name in ("filename", "reason", "url")]),
        ]
    )


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the logger writes at the level DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("tfhub")
    old = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(old)


@pytest.mark.parametrize("name", FAILURES)
def test_no_error_has_one(
    stage: Stage,
    name: str,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "tfhub")
    handle = FAILURES[name](stage)
    for ask in (tfhub.resolve, tfhub.describe):
        with pytest.raises(HubError) as caught:
            ask(handle)
        everything = parts_of(caught.value)
        assert SECRET not in everything
        assert "\x1b" not in everything
    for command in (["resolve", handle], ["info", handle], ["info", "--json", handle]):
        assert main(command) == 1
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert "Traceback" not in printed.err
    assert SECRET not in log.getvalue()
    records = [repr(vars(r)) for r in caplog.records if r.name == "tfhub"]
    assert SECRET not in "".join(records)


@pytest.mark.parametrize("name", ["plain", "signed", "mirror", "dropped"])
def test_nothing_that_succeeds_shows_one(
    stage: Stage, name: str, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.server.on("/m", sends(stage.archive))
    stage.server.on("/x/m", sends(stage.archive))
    handle = stage.url()
    if name == "signed":
        stage.server.on("/m", fails(302, Location=f"/x/m{QUERY}"))
    elif name == "mirror":
        stage.set("TFHUB_MIRROR", f"http://models.invalid/={stage.url('/x/', '')}")
        handle = f"http://models.invalid/m{QUERY}"
    elif name == "dropped":
        drop(stage)
    stage.set("TFHUB_DOWNLOAD_PROGRESS", "1")
    urls = []

    def progress(done: int, total: int | None, url: str) -> None:  # noqa: ARG001
        urls.append(url)

    tfhub.resolve(handle, progress=progress)
    model = tfhub.load(handle)
    said = [*urls, repr(model._hub), repr(tfhub.describe(handle))]
    for command in (
        ["resolve", "--refresh", handle],
        ["info", handle],
        ["info", "--json", handle],
        ["doctor"],
    ):
        main(command)
    printed = capsys.readouterr()
    assert handle not in printed.out
    with pytest.raises(HubError) as caught:
        model(1, signature="none")
    everything = f"{said}{printed}{parts_of(caught.value)}{log.getvalue()}"
    assert SECRET not in everything


def below(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        yield str(path).encode()
        if path.is_file():
            yield path.read_bytes()


@pytest.mark.parametrize("name", ["plain", "signed", "mirror"])
def test_no_file_of_the_cache_has_one(
    stage: Stage, name: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.server.on("/m", sends(stage.archive, ETag='"1"'))
    stage.server.on("/x/m", sends(stage.archive))
    handle = stage.url()
    if name == "signed":
        stage.server.on("/m", fails(302, Location=f"/x/m{QUERY}"))
    elif name == "mirror":
        stage.set("TFHUB_MIRROR", f"http://models.invalid/={stage.url('/x/', '')}")
        handle = f"http://models.invalid/m{QUERY}"
    path = tfhub.resolve(handle)
    tfhub.resolve(handle, refresh=True)
    assert tfhub.resolve(handle) == path
    bundle = cache.parent / "bundle.tar"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tfhub.cache_export(bundle, [handle])
    for content in [*below(cache), bundle.read_bytes()]:
        assert SECRET.encode() not in content
    for command in (["list"], ["list", "--json"], ["verify"], ["remove", handle]):
        main(["cache", *command])
    assert SECRET not in str(capsys.readouterr())


def test_wrong_usage_shows_none(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["resolve", "x", stage.url()], [stage.url()]):
        with pytest.raises(SystemExit):
            main(arguments)
    printed = capsys.readouterr().err
    assert "http://***@" in printed
    assert SECRET not in printed


@pytest.mark.parametrize("command", ["cache prune --days", "cache prune --days=",
                         "resolve x", "serve . --host", "serve . --url",
                         "serve . --forwarded-allow-ips", "pack", "pack . -o",
                         "export-text-embedding none", "cache import --handle x",
                         "upgrade x"])  # fmt: skip
def test_an_argument_with_spaces_is_known_as_one(
    fruit: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """Within a sentence nobody could see where such a URL ends."""
    monkeypatch.chdir(fruit)
    url = f"https://u:{SECRET} {SECRET}@h/m#{SECRET} {SECRET}"
    words = command.split()
    words = [*words[:-1], words[-1] + url] if command[-1] == "=" else [*words, url]
    with suppress(SystemExit):  # of wrong usage
        assert main(words) == 1
    printed = "".join(capsys.readouterr())
    assert SECRET not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("url", [
    f"https://u:{SECRET} {SECRET}@h/m", f"https://h/m#a {SECRET}",
])  # fmt: skip
def test_nor_do_functions_that_take_a_path_show_one(fruit: Path, url: str) -> None:
    from tfhub.hosting.hosts import checked_url, trusting
    from tfhub.hosting.listening import free_address

    for call in (
        lambda: tfhub.pack(url),
        lambda: tfhub.pack(fruit, url),
        lambda: tfhub.pack(fruit, f"{url}.tgz"),
        lambda: checked_url(url),
        lambda: trusting(url),
        lambda: free_address(url, 0),
    ):
        with pytest.raises(HubError) as caught:
            call()
        assert SECRET not in parts_of(caught.value)


def test_no_setting_shows_one(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    from tfhub.cli import doctor

    stage.set("TFHUB_MIRROR", f"http://u:{SECRET}@h/ x")
    stage.set("TFHUB_AUTH", f"Bearer {SECRET}")
    stage.set("TFHUB_CACHE_DIR", f"/none/http://u:{SECRET}@h/m?sig={SECRET}\x1b[2J")
    stage.set("TFHUB_RETRIES", f"http://u:{SECRET}@h")
    main(["doctor"])
    doctor.print_rows()
    printed = capsys.readouterr().out
    assert "TFHUB_MIRROR holds" in printed
    assert "TFHUB_RETRIES is" in printed
    assert SECRET not in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("name", [
    "TFHUB_RETRIES", "TFHUB_TIMEOUT", "TFHUB_MODEL_LOAD_FORMAT",
])  # fmt: skip
def test_no_setting_shows_what_stands_behind_a_space(stage: Stage, name: str) -> None:
    stage.set(name, f"http://u:{SECRET} {SECRET}@h/m")
    stage.server.on("/m", sends(stage.archive))
    with pytest.raises(HubError, match=name) as caught:
        tfhub.resolve(stage.server.url + "/m")
    assert SECRET not in parts_of(caught.value)


def test_no_progress_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    from tfhub.net.progress import _Lines

    meter = Meter(_Lines())
    meter.url = f"http://u:{SECRET}@h/m;k={SECRET}?sig={SECRET}\x1b[2J"
    meter.finish()
    printed = capsys.readouterr().err
    assert "http://***@h/m" in printed
    assert SECRET not in printed
    assert "\x1b" not in printed


def test_what_is_logged_passes_the_filter(log: io.StringIO) -> None:
    """Whoever logs it: a URL as argument, in the text, in an exception."""
    logger = logging.getLogger("tfhub")
    url = f"https://u:{SECRET} {SECRET}@h/m?sig={SECRET}\x1b[2J"
    logger.info("%s and %r", url, ValueError(url.replace(" ", "")))
    logger.warning(f"at https://u:{SECRET}@h/m?sig={SECRET}")
    try:
        raise ValueError(url.replace(" ", ""))
    except ValueError:
        logger.exception("failed")
    text = log.getvalue()
    assert "ValueError: https://***@h/m?sig=***" in text
    assert SECRET not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("kind", ["keras3", "tf_keras"])
def test_no_configuration_has_one(stage: Stage, kind: str) -> None:
    """It has the handle without a login, says so once, and a copy still loads."""
    stage.server.on("/m", sends(stage.archive))
    try:
        layers = getattr(tfhub, kind)
    except HubError as error:
        pytest.skip(str(error))
    url = stage.url(query=f"?version=2&sig={SECRET}")
    layer = layers.KerasLayer(url)
    with pytest.warns(UserWarning, match="without the login") as caught:
        config = layer.get_config()
    layer.get_config()
    assert len(caught) == 1
    everything = json.dumps(config) + str(caught[0].message) + repr(layer)
    everything += repr(vars(layer)["_hub_choices"])
    assert SECRET not in everything
    assert config["handle"] == f"{stage.server.url}/m?version=2"
    copy = layers.KerasLayer.from_config(config)
    assert copy._hub_source.path == layer._hub_source.path


@pytest.mark.parametrize("kind", ["keras3", "tf_keras"])
@pytest.mark.parametrize(
    "wrong", [{"name": 3}, {"unknown": 1}, {"tags": ["none"]}, {"dtype": "none"}]
)
def test_no_error_of_keras_has_one(
    stage: Stage, kind: str, wrong: dict[str, object]
) -> None:
    """It quotes the configuration, in which a copy has the login again."""
    stage.server.on("/m", sends(stage.archive))
    try:
        layer = getattr(tfhub, kind).KerasLayer
    except HubError as error:
        pytest.skip(str(error))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = layer(stage.url()).get_config()
    for handle in (config["handle"], stage.url()):
        with pytest.raises(HubError) as caught:
            layer.from_config({**config, "handle": handle, **wrong})
        for each in behind(caught.value):
            assert SECRET not in parts_of(each)


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that stand behind it, whether a traceback has them or not."""
    if error is not None:
        yield error
        yield from behind(error.__cause__)
        if error.__context__ is not error.__cause__:
            yield from behind(error.__context__)


def test_no_column_has_one(tf1_modules: Path, stage: Stage) -> None:
    """What is pickled goes to others; a copy in this process has the whole handle."""
    stage.server.on("/m", sends(archive_bytes(tf1_modules / "text_embedding")))
    column = tfhub.text_embedding_column("text", stage.url())
    with pytest.warns(UserWarning, match="without the login"):
        pickled = pickle.dumps(column)
    assert SECRET not in f"{pickled!r}{column!r}{column.get_config()}"
    copy = pickle.loads(pickled)
    assert copy == column
    assert copy.module_spec_path == stage.url()


def test_no_module_shows_one(tf1_modules: Path, stage: Stage) -> None:
    folder = sorted(tf1_modules.iterdir())[0]
    stage.server.on("/m", sends(archive_bytes(folder)))
    spec = tfhub.load_module_spec(stage.url())
    assert SECRET not in f"{spec!r}{spec.name}{vars(spec)}"
    with pytest.raises(HubError) as caught:
        tfhub.Module(spec, tags={"none"})
    assert SECRET not in parts_of(caught.value)


def test_a_log_of_retries_is_there_and_masked(stage: Stage, log: io.StringIO) -> None:
    answers = first(fails(503), sends(stage.archive))
    stage.server.on("/m", answers)
    tfhub.resolve(stage.url())
    assert re.search(r"503.*http://\*\*\*@127.*trying again", log.getvalue())
    assert SECRET not in log.getvalue()


def test_what_urllib3_logs_is_masked(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that turns on all logs at the level DEBUG sees each request."""
    caplog.set_level(logging.DEBUG)
    stage.server.on("/m", sends(stage.archive))
    tfhub.resolve(stage.url(query=f"?sig={SECRET}"))
    assert "GET /m?sig=***" in caplog.text
    # What a server leads to may be a query without a name, or stand in the path.
    stage.server.on(f"/m;k={SECRET}", sends(stage.archive))
    for place in (f"/m?{SECRET}", f"/m;k={SECRET}"):
        stage.server.on("/go", fails(302, Location=place))
        tfhub.resolve(stage.url("/go"), refresh=True)
    assert "GET /m?***" in caplog.text
    assert "GET /m;k=***" in caplog.text
    assert SECRET not in caplog.text
