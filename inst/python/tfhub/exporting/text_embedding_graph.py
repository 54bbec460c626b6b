"""The computation of a text module, and how it is written in either format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..runtime.saving import Root
from ..runtime.tf import np, tf
from ..tf1 import writing
from ..tf1.creating import add_signature, create_module_spec
from .text_embedding_file import Vectors

NAME = "embeddings"  # of the one variable


@dataclass(frozen=True)
class Lookup:
    """How texts become vectors; `export_text_embedding()` says what each means."""

    oov_buckets: int
    combiner: str
    lowercase: bool
    remove_punctuation: bool

    def __call__(self, text: Any, table: Any, count: int, embeddings: Any) -> Any:
        """Embeds texts.

        Args:
          text: string `[batch]`.
          table: The handle of a table from token to row.
          count: The number of tokens, after which the rows of the buckets come.
          embeddings: float32 `[count + oov_buckets, dimensions]`.

        Returns:
          float32 `[batch, dimensions]`.
        """
        if self.lowercase:
            text = tf.strings.lower(text, encoding="utf-8")
        if self.remove_punctuation:
            text = tf.strings.regex_replace(text, r"\pP", "")
        tokens = tf.strings.split(text).to_sparse()
        unknown = tf.constant(-1, tf.int64)
        rows = tf.raw_ops.LookupTableFindV2(
            table_handle=table, keys=tokens.values, default_value=unknown
        )
        if self.oov_buckets:
            hashed = tf.strings.to_hash_bucket_fast(tokens.values, self.oov_buckets)
            rows = tf.where(tf.equal(rows, unknown), count + hashed, rows)
        # The safe one leaves rows of -1 out, and gives zeros where none is left.
        return tf.nn.safe_embedding_lookup_sparse(
            embeddings, tokens.with_values(rows), combiner=self.combiner
        )


class _Vocabulary(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
    """A table from token to row, and its asset.

    `tf.lookup` would name the table after the path of the file, which then stands in
    the model. To TensorFlow tables of one name are one: it is named after its content.
    """

    def __init__(self, tokens: Path) -> None:
        super().__init__()
        self._name = _table_name(tokens)
        self.tokens = tf.saved_model.Asset(str(tokens))

    def _create_resource(self) -> Any:
        return _table(self._name)

    def _initialize(self) -> None:
        _fill(self.resource_handle, self.tokens.asset_path)


def _table_name(tokens: Path) -> str:
    return f"tokens_{hashlib.sha256(tokens.read_bytes()).hexdigest()}"


def _table(name: str) -> Any:
    return tf.raw_ops.HashTableV2(
        key_dtype=tf.string, value_dtype=tf.int64, shared_name=name
    )


def _fill(table: Any, path: Any) -> Any:
    """Gives each line of a file its number, from zero."""
    return tf.raw_ops.InitializeTableFromTextFileV2(
        table_handle=table,
        filename=path,
        key_index=tf.lookup.TextFileIndex.WHOLE_LINE,
        value_index=tf.lookup.TextFileIndex.LINE_NUMBER,
    )


def write_tf2(vectors: Vectors, lookup: Lookup, folder: Path) -> None:
    """Writes a reusable TF2 SavedModel."""
    # The variable shares the pages of the mapped file: no copy is made of the values.
    # Only in the memory of the host, and so it must be there.
    with tf.device("/CPU:0"):
        values = _mapped(vectors, lookup).__dlpack__()
        variable = tf.Variable(tf.experimental.dlpack.from_dlpack(values), name=NAME)
    vocabulary = _Vocabulary(vectors.tokens)
    table = vocabulary.resource_handle  # made when asked for, and so not in a function

    def call(text: Any) -> Any:
        return lookup(text, table, vectors.count, variable)

    def serve(text: Any) -> dict[str, Any]:
        return {"default": call(text)}

    texts = [tf.TensorSpec([None], tf.string, name="text")]
    module = Root()
    module.__call__ = tf.function(call, input_signature=texts, autograph=False)
    module.vocabulary = vocabulary
    module.tokens = vocabulary.tokens  # a resource does not track what it holds
    module.variables = module.trainable_variables = [variable]
    signatures = {
        "serving_default": tf.function(serve, input_signature=texts, autograph=False)
    }
    tf.saved_model.save(module, str(folder), signatures=signatures)


def write_tf1(vectors: Vectors, lookup: Lookup, folder: Path) -> None:
    """Writes a module in the TF1 Hub format."""
    values = _mapped(vectors, lookup)

    def module_fn() -> None:
        text = tf.compat.v1.placeholder(tf.string, [None], name="text")
        path = tf.constant(str(vectors.tokens))
        table = _table(_table_name(vectors.tokens))
        keys = tf.compat.v1.GraphKeys
        tf.compat.v1.add_to_collection(keys.ASSET_FILEPATHS, path)
        tf.compat.v1.add_to_collection(keys.TABLE_INITIALIZERS, _fill(table, path))
        embeddings = tf.compat.v1.get_variable(NAME, values.shape, tf.float32)
        vectors_of_text = lookup(text, table, vectors.count, embeddings)
        add_signature(inputs=text, outputs=vectors_of_text)

    # Not by the export of the spec, which takes values through a session: twice.
    writing.write(create_module_spec(module_fn).definition, folder, {NAME: values})


def _mapped(vectors: Vectors, lookup: Lookup) -> Any:
    """The values of the file as an array, and zeros for the buckets after them."""
    shape = (vectors.count + lookup.oov_buckets, vectors.dimensions)
    with vectors.values.open("r+b") as values:
        values.truncate(4 * shape[0] * shape[1])  # which appends zeros
    return np.memmap(vectors.values, np.float32, "r+", shape=shape)
