"""A file of text embeddings becomes a text module."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from .. import words
from ..errors import HandleNotFoundError, InputError
from ..formats.new_folder import new_folder, require_free
from ..handles import folder_of
from ..net.progress import Progress, shown

FORMATS = ("tf2", "tf1")
COMBINERS = ("sqrtn", "mean", "sum")
DUPLICATES = ("error", "first")


def export_text_embedding(
    file: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    format: Literal["tf2", "tf1"] = "tf2",
    oov_buckets: int = 1,
    combiner: Literal["sqrtn", "mean", "sum"] = "sqrtn",
    lowercase: bool = False,
    remove_punctuation: bool = False,
    duplicates: Literal["error", "first"] = "error",
    progress: Progress | None = None,
) -> str:
    r"""Exports a file of word vectors, such as GloVe's, as a module that embeds texts.

    ```python
    path = hub.export_text_embedding("glove.6B.50d.txt", "glove", lowercase=True)
    vectors = hub.load(path)(["a cat", "two dogs"])  # float32[2, 50]
    ```

    The module takes texts, string `[batch]`, in UTF-8, and gives float32
    `[batch, dimensions]`: each text is split at white space, each token is looked up,
    and the vectors of a text are combined. A text without tokens gives zeros. The
    vectors are one variable, which can be trained; the tokens are an asset.

    Args:
      file: The file: a line `token v1 v2 ...` for each token, with white space between,
        as GloVe writes it, or with a first line `count dimensions`, as word2vec and
        fastText do. Plain or gzipped, in UTF-8. A token may contain spaces (texts are
        split at them, so none finds it). Blank lines are skipped.
      path: The folder to make, with any missing folders above it.
      format: `"tf2"` is a reusable SavedModel for `hub.load()` and for Keras, with the
        signature `serving_default`; `"tf1"` is a module in the TF1 Hub format, for
        `hub.Module()` and feature columns.
      oov_buckets: Tokens that are not in the file are hashed into this many rows. The
        rows are zeros until they are trained, and such a token counts where the
        combiner divides. 0 leaves such tokens out.
      combiner: `"sum"` of the vectors of a text; `"mean"` divides it by their number n,
        `"sqrtn"` by the square root of n.
      lowercase: Whether a text is put into lower case first. The tokens are not.
      remove_punctuation: Whether every character of Unicode's class P (`\pP`) is
        removed from a text first: `don't` becomes `dont`.
      duplicates: What to do with a token that an earlier line has: raise an `"error"`,
        or let the `"first"` line count.
      progress: Called with the bytes read, as for `resolve()`.

    Returns:
      The path. The module appears there only when it is whole.

    Raises:
      HandleNotFoundError: There is no such file.
      EmbeddingFileError: Lines are malformed; `lines` has their numbers.
      InputError: An option has a value that is not known.
      ModelExistsError: There is a file at the path, or files of a model in it.
      WriteError: Nothing can be written there.
      DependencyError: TensorFlow is not installed.
    """
    for name, value, known in (
        ("format", format, FORMATS),
        ("combiner", combiner, COMBINERS),
        ("duplicates", duplicates, DUPLICATES),
    ):
        if value not in known:
            msg = f"{words.argument(**{name: value})} is not known."
            raise InputError(msg, hint=f"Choose one of: {', '.join(known)}.")
    if oov_buckets < 0:
        msg = f"{words.argument(oov_buckets=oov_buckets)} is below zero."
        raise InputError(msg, hint="0 leaves unknown tokens out, 1 is usual.")
    source, target = Path(file), folder_of(path)
    if not source.exists() or source.is_dir():
        msg = f"There is no file {source} to read embeddings from."
        raise HandleNotFoundError(msg, handle=str(file), hint="Look at its path.")
    require_free(target)

    from . import text_embedding_graph as graph
    from .text_embedding_file import read_vectors

    lookup = graph.Lookup(oov_buckets, combiner, lowercase, remove_punctuation)
    write = graph.write_tf2 if format == "tf2" else graph.write_tf1
    # For a while the values lie on the disk twice.
    with (
        new_folder(target) as folder,
        TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch,
    ):
        with shown(progress) as callback:
            keep = duplicates == "first"
            vectors = read_vectors(
                source, Path(scratch), keep_first=keep, progress=callback
            )
        write(vectors, lookup, folder)
    return str(target)
