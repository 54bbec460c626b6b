"""load(): a handle becomes an object to call."""

from __future__ import annotations

import os
from typing import Any

from .. import words
from ..asking.policy import admitted_by_policy
from ..cache.locks import in_use
from ..errors import DownloadError, InputError, ModelNotFoundError, TagsError
from ..fetch.resolve import resolve
from ..formats.amiss import require_no_pointers
from ..formats.contents import read_contents
from ..formats.files import require_model
from ..formats.tf1_hub import is_hub_module
from ..logs import of_tensorflow
from ..net.progress import Progress
from ..shown import listed, shown
from . import failures, forks, keeping, places, printing, signatures, symbolic
from .ops import with_ops
from .tf import tf


class HubCallable:
    """What `load()` adds to TensorFlow's object: a call that knows signatures."""

    _hub: signatures.Source
    signatures: Any

    def __call__(
        self,
        /,
        *args: Any,
        signature: str | None = None,
        as_dict: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Applies the model.

        Args:
          *args: The inputs; for a signature one tensor, or a dict of them by name.
          signature: The signature to use. None is the object's own `__call__`, or the
            default signature when it has none.
          as_dict: True gives all outputs of a signature as a dict sorted by name; else
            the output named `default`, or the only one.
          **kwargs: Further arguments, such as `training=True`, or inputs by name.

        Raises:
          SignatureNotFoundError: There is no signature of that name.
          InputError: The inputs do not fit; the message holds expected beside given.
          OutputError: `as_dict` is not True, and no output is the default.
        """
        with symbolic.refusing(self._hub.handle, args, kwargs):
            return signatures.call(self, args, kwargs, signature, as_dict)

    def __repr__(self) -> str:
        try:
            return printing.text_of(self)
        except Exception:  # it is asked for by debuggers, too
            return object.__repr__(self)


def load(
    handle: str | os.PathLike[str],
    tags: str | list[str] | set[str] | tuple[str, ...] | None = None,
    options: Any = None,
    *,
    offline: bool | None = None,
    refresh: bool = False,
    progress: Progress | None = None,
    policy: str | None = None,
) -> Any:
    """Loads a model: resolves the handle and restores the SavedModel.

    Args:
      handle: As for `resolve()`.
      tags: The tags of the graph variant. None takes the only one, the one with the
        tags `{"serve"}`, or for a TF1 Hub module the one without tags.
      options: A `tf.saved_model.LoadOptions`. Where several machines compute, this one
        reads the variables, unless the options name another io device. The files of a
        table are read by the device that the table is put on.
      offline: As for `resolve()`.
      refresh: As for `resolve()`.
      progress: As for `resolve()`.
      policy: What to do with a model that does more than compute, see `scan()`:
        `"allow"`, `"warn"` or `"refuse"`. None is what `TFHUB_POLICY` says, or
        `"allow"`.

    Returns:
      TensorFlow's own trackable object. Its attributes, saving and checkpointing all
      work, and it can be called as `m(inputs, signature=None, as_dict=None, ...)`.

    Raises:
      HubError: As for `resolve()`.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: A file of the model is missing, cut, damaged, or a pointer of
        Git LFS.
      TagsError: There is no graph with these tags.
      ModelLoadError: TensorFlow cannot load it.
      DependencyError: TensorFlow is not installed, or a package that the model needs.
      ForkedError: This process is a fork of one that has used TensorFlow.
      PolicyError: The model does more than compute, and the policy refuses that.
    """
    while True:
        path = resolve(handle, offline=offline, refresh=refresh, progress=progress)
        with in_use(path) as there:
            if there:  # or else it was removed at this very moment
                return load_folder(path, os.fspath(handle), tags, options, policy)


def load_folder(
    path: str, handle: str, tags: Any, options: Any, policy: str | None = None
) -> Any:
    """Loads the model in a folder, and in no other.

    Args:
      path: What the handle resolved to.
      handle: For messages, and to load it again elsewhere.
      tags: As for `load()`.
      options: As for `load()`.
      policy: As for `load()`.
    """
    handle = shown(handle)
    forks.require_home(handle)
    _require_options(options, handle)
    with admitted_by_policy(path, handle, policy) as place:
        model = _load(place.path, handle, tags, options)
        place.keep_for(model)
    return model


def _load(path: str, handle: str, tags: Any, options: Any) -> Any:
    hub_module = _is_hub_module(path, handle)
    if tags is None and hub_module:
        tags = []
    elif isinstance(tags, str):
        tags = [tags]
    if not _is_remote(path):
        path = os.path.abspath(path)  # what is read later is read from elsewhere
        options = places.read_here(options)
    stamp = printing.stamp_of(path)
    try:
        with of_tensorflow():
            model = with_ops(
                lambda: _restore(path, handle, tags, options), path, handle
            )
    except Exception as error:  # TensorFlow raises of all kinds
        better = failures.of_loading(error, path, handle)
        raise better from better.__cause__
    _add_initializers(model)
    keeping.keep(model)
    given = None if tags is None else tuple(sorted(tags))
    source = signatures.Source(handle, path, tags=given, stamp=stamp)
    base = type(model)
    bases = (HubCallable, base)
    ours = type(base.__name__, bases, {"_hub": source, "__module__": base.__module__})
    # Past AutoTrackable's own __setattr__, which would track the class.
    object.__setattr__(model, "__class__", ours)
    object.__setattr__(model, "_is_hub_module_v1", hub_module)
    return model


def _require_options(options: Any, handle: str) -> None:
    kind = tf.saved_model.LoadOptions
    if options is not None and not isinstance(options, kind):
        name = words.tensorflow("saved_model.LoadOptions")
        came = type(options).__name__
        msg = f"The options to load {handle} are of the type {came}, not {name}."
        made = words.code(
            "tf.saved_model.LoadOptions(...)", "a list of its arguments, with names"
        )
        raise InputError(msg, handle=handle, hint=f"Give {made}.")


def _restore(path: str, handle: str, tags: Any, options: Any) -> Any:
    try:
        return tf.saved_model.load(path, tags, options)
    except (RuntimeError, ValueError) as error:
        tags = _mend_tags(path, handle, tags, error)
        return tf.saved_model.load(path, tags, options)


def _add_initializers(model: Any) -> None:
    """Lets `tables_initializer()` restore what has no initialiser of its own.

    Within a graph TensorFlow gives each variable of a model of TensorFlow 1 an
    initialiser that restores it. A variable by reference stays in the graph of the
    model, and what restores it in a collection that nobody knows of.
    """
    v1 = tf.compat.v1
    graph = getattr(model, "graph", None)
    if tf.executing_eagerly() or graph is None:
        return
    variables = graph.get_collection(v1.GraphKeys.GLOBAL_VARIABLES)
    if any(variable.graph is graph for variable in variables):
        restore = v1.get_collection_ref("saved_model_initializers")
        v1.get_collection_ref(v1.GraphKeys.TABLE_INITIALIZERS).append(restore.pop())


def _is_remote(path: str) -> bool:
    """Whether the model was left where it is, for TensorFlow to read."""
    return "://" in path


def _is_hub_module(path: str, handle: str) -> bool:
    if not _is_remote(path):
        folder = require_model(path, handle=handle).parent
        require_no_pointers(folder, ("assets",))
        return is_hub_module(folder)
    try:
        found = tf.io.gfile.listdir(path)
    except tf.errors.OpError as error:
        msg = f"TensorFlow cannot read {path} (of {handle}): {error.message}"
        hint = "Unset TFHUB_MODEL_LOAD_FORMAT to download the model instead."
        raise DownloadError(msg, handle=handle, hint=hint, url=path) from error
    if not {"saved_model.pb", "saved_model.pbtxt"} & set(found):
        msg = (
            f"{path} (of {handle}) contains neither saved_model.pb nor "
            f"saved_model.pbtxt. It contains: {listed(sorted(found)[:8])}."
        )
        hint = "Give the folder of a SavedModel or of a TF1 Hub module."
        raise ModelNotFoundError(msg, handle=handle, hint=hint)
    return "tfhub_module.pb" in found


def _mend_tags(
    path: str, handle: str, tags: Any, error: RuntimeError | ValueError
) -> list[str]:
    """Finds the tags to load with when TensorFlow refused; raises when tags were it."""
    if _is_remote(path):
        raise error
    offered = [graph.tags for graph in read_contents(path, handle=handle).graphs]
    if tags is None and len(offered) > 1 and ("serve",) in offered:
        return ["serve"]
    if len(offered) == 1 if tags is None else tuple(sorted(tags)) in offered:
        raise error
    there = ", ".join(map(words.tags, offered[:50]))
    if tags is None:
        msg = f"{handle} has several graph variants, with the tags {there}."
    else:
        msg = (
            f"No such graph variant: {handle} has none with the tags "
            f"{words.tags(tags)}, only {there}."
        )
    one = max(reversed(offered), key=bool)  # without tags only if there is no other
    hint = f"Give the tags of one, such as {words.tags(one)}."
    raise TagsError(msg, handle=handle, hint=hint) from error
