"""The exceptions of tfhub.

Every error is a `HubError`, and of the type that the reference library or TensorFlow
raises in the same place: `except ValueError` of an old program keeps working.

```
HubError
├── HandleError              (OSError, ValueError)  empty, malformed, unknown scheme
├── HandleNotFoundError      (FileNotFoundError)    nothing at that place
├── DownloadError            (urllib URLError)      the network or the server failed
│   ├── HTTPStatusError      (urllib HTTPError)     an HTTP status other than 200
│   ├── BrokenDownloadError                         dropped, and not to be resumed
│   └── UncompressedError    (ValueError)           not there for TensorFlow to read
├── OfflineError             (OSError)              not cached, and no network wanted
├── ArchiveError             (OSError)              not an archive, cut, or damaged
│   ├── UnsafeArchiveError   (ValueError)           a member that must not be unpacked
│   └── ChecksumError                               not the archive that was asked for
├── CacheError               (OSError)              the cache cannot be read or written
├── ModelNotFoundError       (ValueError)           a folder without a model
├── ModelFormatError         (ValueError)           a model file that cannot be read
│   └── AssetError           (TypeError)            an asset that is none
├── ModelLoadError                              TensorFlow cannot load the model
├── EmbeddingFileError       (ValueError)           malformed lines of embeddings
├── ImageFileError           (OSError, ValueError)  no images, or not of one size
├── UnfitModuleError         (ValueError)           a module not made for this use
├── EstimatorError           (ValueError, AttributeError)  not to be exported from
├── TagsError                (ValueError, RuntimeError, KeyError)  no such variant
├── SignatureNotFoundError   (ValueError, KeyError)
├── CheckpointError          (ValueError)           not that of the module
├── ModelExistsError         (FileExistsError)      a model is at the path already
├── WriteError               (OSError)              the place cannot be written
├── MessageNotFoundError     (KeyError)             no such attached message
├── GraphError               (RuntimeError)         another graph than it has to be
├── ModuleFnError            (ValueError)           a module cannot be made like that
│   └── LegacyLayersError    (AttributeError)       with layers that Keras 3 lacks
├── LayerError               (ValueError)           a Keras layer cannot be like that
│   ├── OtherKerasError      (TypeError)            it belongs to the other Keras
│   └── TrustError                                  a file names it, and no trust
├── PolicyError              (ValueError)           it does more than compute
├── LayerConfigError  (NotImplementedError, ValueError)   it cannot be saved
├── InputError               (TypeError, ValueError)     inputs do not fit
│   └── SymbolicInputError   (NotImplementedError)  nor do the shapes and dtypes
├── OutputError              (TypeError, ValueError)     no such output
├── ForkedError              (RuntimeError)         TensorFlow is that of the parent
├── AliasError               (ImportError)          the old name, or a module of it
├── GoneError  (AttributeError, NotImplementedError)  a part of the old library
└── DependencyError          (ImportError)          a package is not installed
```
"""

from __future__ import annotations

import re
import urllib.error
from typing import Any

from . import logs
from .shown import fit, hide, shown_lines
from .words import Language, each_part, for_others, from_others, said, spoken

logs.install()  # here, as whatever logs something knows errors, too
_AROUND = "Exception encountered when calling "  # what Keras puts around ours, in bold
_BOLD = re.compile(r"\x1b\[[\d;]*m")


class HubError(Exception):
    """Base of all errors of tfhub.

    All text in it is fit to be shown: no password of a URL, nothing a terminal obeys.
    What comes from a file stands on one line, by `shown()` or `!r`.

    Args:
      message: What went wrong, and with which handle.
      handle: The handle that the user gave, if one is concerned.
      hint: The next thing to do, one or more sentences.
      **data: Facts that a program can use; they become attributes.
    """

    # Or AutoGraph (undocumented) makes another error of it, within a `tf.function`.
    ag_pass_through = True

    def __init__(
        self,
        message: str,
        *,
        handle: str | None = None,
        hint: str | None = None,
        **data: Any,
    ) -> None:
        url = data.get("url")

        def hidden(text: str) -> str:
            return hide(text, handle, url)

        self.message = each_part(hidden, message)
        self.hint = each_part(hidden, hint) if hint else hint
        self.handle = handle
        self.data = data
        # Not super().__init__(): OSError and HTTPError would take the arguments apart.
        # With the hint, as Keras makes an exception anew of the first of `args`.
        Exception.__init__(self, str(self))
        for name, value in data.items():  # not by __dict__: OSError has an errno there
            setattr(self, name, value)

    @property
    def message(self) -> str:
        """What went wrong, in Python's words, or in R's where R runs Python."""
        return self.in_words(spoken())[0]

    @message.setter
    def message(self, text: str) -> None:
        text = _BOLD.sub("", text) if text.startswith(_AROUND) else text
        self._message = each_part(shown_lines, text)

    @property
    def hint(self) -> str | None:
        """The next thing to do, in the same words."""
        return self.in_words(spoken())[1]

    @hint.setter
    def hint(self, text: str | None) -> None:
        self._hint = each_part(shown_lines, text) if text else text

    @property
    def marked(self) -> tuple[str, str | None]:
        """Message and hint as they were given, to be made part of another error's."""
        return self._message, self._hint

    def in_words(self, language: Language) -> tuple[str, str | None]:
        """Message and hint in the words of a language; see `words`."""
        hint = self._hint
        return said(self._message, language), said(hint, language) if hint else hint

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value if name in _WORDS else fit(value, name))

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> Any:
        return rebuild, (type(self), *self.for_others())

    def for_others(self) -> tuple[str, dict[str, Any]]:
        """The message and all else that makes this error in another process."""
        message, hint = self.marked
        hint = for_others(hint) if hint else hint
        state = {"handle": self.handle, "hint": hint, **self.data}
        return for_others(message), state


# What its own setter makes fit.
_WORDS = {"message", "hint", "_message", "_hint"}


def rebuild(cls: type[HubError], message: str, state: dict[str, Any]) -> HubError:
    """The error that `for_others()` of one described, in another process, say."""
    state["hint"] = from_others(state["hint"]) if state.get("hint") else None
    return cls(from_others(message), **state)


def original(exception: BaseException) -> BaseException:
    """The error of which Keras or AutoGraph made another exception.

    They put what was called, and where, around the message. The handle, the hint and
    the data are lost by that, and with AutoGraph the type, too.

    Args:
      exception: Any exception.

    Returns:
      The `HubError` of which it was made, or the exception itself.
    """
    found: BaseException | None = exception
    while found is not None and _is_made_anew(found):
        found = found.__context__
    if isinstance(found, HubError) and _words(found.message) in _words(str(exception)):
        return found
    return exception


def _is_made_anew(exception: BaseException) -> bool:
    return not isinstance(exception, HubError) or exception.message.startswith(_AROUND)


def _words(text: str) -> str:
    """A text without ANSI codes, indents and new lines."""
    return " ".join(_BOLD.sub("", text).split())


class HandleError(HubError, OSError, ValueError):
    """The handle is empty, malformed, or of a kind that is not known."""


class HandleNotFoundError(HubError, FileNotFoundError):
    """A local folder or file that the handle names does not exist."""


class DownloadError(HubError, urllib.error.URLError):
    """A download failed: no connection, a dropped one, a refused redirect."""

    url: str = ""

    def __init__(self, message: str, **data: Any) -> None:
        HubError.__init__(self, message, **data)
        self.reason = self.message


class HTTPStatusError(DownloadError, urllib.error.HTTPError):
    """The server answered with an error. `code` is the HTTP status, `url` the URL."""

    def __init__(self, message: str, *, code: int, url: str, **data: Any) -> None:
        DownloadError.__init__(self, message, code=code, url=url, **data)
        self.code = code
        self.msg = self.message
        self.filename = url
        self.fp = None  # type: ignore[assignment]
        # Without it hasattr(error, "anything") would raise KeyError: 'file'.
        self.file = None  # type: ignore[assignment]
        self.hdrs = None  # type: ignore[assignment]

    @property
    def reason(self) -> str:
        """The message, as urllib's HTTPError has it."""
        return self.message

    @reason.setter
    def reason(self, value: str) -> None: ...


class BrokenDownloadError(DownloadError):
    """The connection dropped, and the server does not resume: start from zero."""


class UncompressedError(DownloadError, ValueError):
    """The server does not say where the model lies uncompressed."""


class OfflineError(HubError, OSError):
    """The network is not to be used, and the model is not in the cache.

    `cached` lists the handles that are there and most like it.
    """


class ArchiveError(HubError, OSError):
    """What came is not an archive, is cut short, or is damaged."""


class UnsafeArchiveError(ArchiveError, ValueError):
    """The archive holds a member that must not be unpacked (a link, `..`, ...)."""


class ChecksumError(ArchiveError):
    """The archive is whole, but its sha256 is not the one that the handle pins."""


class CacheError(HubError, OSError):
    """The cache folder cannot be used: not writable, or the disk is full."""


class ModelNotFoundError(HubError, ValueError):
    """The folder holds no model in a known format."""


class ModelFormatError(HubError, ValueError):
    """A file of the model is damaged, or from a format version not known here."""


class AssetError(ModelFormatError, TypeError):
    """What a graph calls an asset is not one, or not in the folder for them."""


class ModelLoadError(HubError):
    """TensorFlow cannot load the model, whose files are whole.

    It is also of the type that TensorFlow raised, as all errors of loading are.
    """


class EmbeddingFileError(HubError, ValueError):
    """A file of text embeddings has malformed lines. `lines` lists their numbers."""


class ImageFileError(HubError, OSError, ValueError):
    """Files are no images, are damaged, or differ in size. `files` names them."""

    files: list[str]


class UnfitModuleError(HubError, ValueError):
    """A module lacks what a use of it needs: it is no text embedding, say."""


class EstimatorError(HubError, ValueError, AttributeError):
    """Modules cannot be exported from this Estimator, or not in this way."""


class TagsError(HubError, ValueError, RuntimeError, KeyError):
    """The model has no graph variant with the given tags."""


class SignatureNotFoundError(HubError, ValueError, KeyError):
    """The model has no signature of that name."""


class CheckpointError(HubError, ValueError):
    """A checkpoint lacks variables of the module, or has them in other shapes."""


class ModelExistsError(HubError, FileExistsError):
    """What is to be written would go over something that is there."""


class WriteError(HubError, OSError):
    """What is to be written cannot be: no permission, a full disk."""


class MessageNotFoundError(HubError, KeyError):
    """The module has no attached message of that key."""


class GraphError(HubError, RuntimeError):
    """It is not the graph of the module, or its names are taken there."""


class ModuleFnError(HubError, ValueError):
    """What a `module_fn` built cannot become a module."""


class LegacyLayersError(ModuleFnError, AttributeError):
    """`tf.compat.v1.layers` was used, which Keras 3 does not have."""


class LayerError(HubError, ValueError):
    """The arguments of a Keras layer do not fit together, or not the model."""


class OtherKerasError(LayerError, TypeError):
    """A layer of Keras 3 meets Keras 2, or the other way round."""


class TrustError(LayerError):
    """A model that a file names or holds is loaded only if the user trusts it.

    `tree` is its tree digest, where the model is on this machine, else what the file
    claims; `sha256` what the file claims of its archive, or of what is embedded.
    """

    sha256: str | None = None
    tree: str | None = None


class PolicyError(HubError, ValueError):
    """A model does more than compute, and `TFHUB_POLICY` refuses such models."""


class LayerConfigError(HubError, NotImplementedError, ValueError):
    """The configuration of a layer cannot be written."""


class InputError(HubError, TypeError, ValueError):
    """The inputs do not fit the function or signature."""


class SymbolicInputError(InputError, NotImplementedError):
    """Shapes and dtypes do not fit; Keras takes it as a reason to wait for values."""


class OutputError(HubError, TypeError, ValueError):
    """The signature does not have the output that was asked for."""


class ForkedError(HubError, RuntimeError):
    """A fork of a process that has used TensorFlow cannot use it."""


class AliasError(HubError, ImportError):
    """The name `tensorflow_hub`, or a module of that name, cannot be had here."""


class GoneError(HubError, AttributeError, NotImplementedError):
    """A part of the library `tensorflow_hub` that this one does not have."""


class DependencyError(HubError, ImportError):
    """A package that this feature needs is not installed, or too old.

    `packages` are those to install, as `words.install()` takes them, or, with
    `upgrade`, to bring up to date.
    """

    packages: tuple[str, ...] = ()
    upgrade: bool = False
