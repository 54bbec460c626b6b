"""What a program adds to the registry is known to every function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tfhub
from tfhub.fetch import sources

pytestmark = pytest.mark.usefixtures("asked")


class Shelf:
    """Models by their names."""

    def __init__(self, prefix: str, folder: Path) -> None:
        self.prefix, self.folder = prefix, folder

    def is_supported(self, handle: str) -> bool:
        return handle.startswith(self.prefix)

    def __call__(self, handle: str) -> str:  # noqa: ARG002
        return str(self.folder)


@pytest.fixture
def registry() -> Iterator[object]:
    from tensorflow_hub import registry

    yield registry
    registry.resolver.clear_implementations()
    registry.loader.clear_implementations()
    assert sources.REGISTERED == []


@pytest.mark.parametrize(
    "prefix", ["shelf://", "https://models.example.com/", "our-models:"]
)
def test_a_handle_of_ones_own(prefix: str, registry: object, fruit: Path) -> None:
    import tensorflow_hub as hub

    registry.resolver.add_implementation(Shelf(prefix, fruit))  # type: ignore[attr-defined]
    handle = f"{prefix}fruit/1"
    assert hub.resolve(handle) == str(fruit)
    assert tfhub.resolve(handle) == str(fruit)
    assert registry.resolver(handle) == str(fruit)  # type: ignore[attr-defined]
    assert hub.load(handle).signatures
    assert tfhub.describe(handle).path == str(fruit)
    assert hub.KerasLayer(handle).resolved_object is not None


def test_the_latest_goes_first_and_ours_are_last(
    registry: object, fruit: Path, model: Path
) -> None:
    resolver = registry.resolver  # type: ignore[attr-defined]
    resolver.add_implementation(Shelf("a:", fruit))
    resolver.add_implementation(Shelf("a:b", model))
    assert resolver("a:c") == str(fruit)
    assert resolver("a:b") == str(model)
    assert resolver(str(model)) == str(model)
    resolver.clear_implementations()
    with pytest.raises(OSError, match="a:b"):
        resolver("a:b")


def test_a_register_of_ones_own(registry: object) -> None:
    register = registry.MultiImplRegister("shelves")  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="Missing implementation that supports"):
        register("a")
    register.add_implementation(Shelf("a", Path("x")))
    assert register("a") == "x"
    with pytest.raises(RuntimeError, match=r"shelves\('b'\).*Shelf"):
        register("b")


def test_a_loader_of_ones_own(
    registry: object, tf1_modules: Path, tmp_path: Path
) -> None:
    import tensorflow_hub as hub

    folder = sorted(tf1_modules.iterdir())[0]
    spec = hub.load_module_spec(str(folder))

    class Loader:
        def is_supported(self, path: str) -> bool:
            return path == str(tmp_path)

        def __call__(self, path: str) -> object:  # noqa: ARG002
            return spec

    registry.loader.add_implementation(Loader())  # type: ignore[attr-defined]
    assert hub.load_module_spec(str(tmp_path)) is spec
    assert registry.loader(str(folder)).get_tags() == spec.get_tags()  # type: ignore[attr-defined]
