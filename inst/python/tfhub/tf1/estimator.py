"""Modules that an Estimator has trained, exported from its latest checkpoint.

A model_fn registers the modules it wants exported. `LatestModuleExporter` runs it once
more, in prediction mode, restores the checkpoint and exports each module. Estimators
went with TensorFlow 2.16; from then on this serves whatever has their methods.

```
<export_path>/<seconds since 1970>/<export_name>/   a module in the TF1 Hub format
```
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from .. import words
from ..errors import EstimatorError
from ..runtime.tf import tf

# A collection whose key is no string is written into no MetaGraph.
_COLLECTION = ("tfhub", "modules for export")
_PREDICT = "infer"  # tf.estimator.ModeKeys.PREDICT
_EXPORT = re.compile(r"[0-9]{10}")
_NEEDED = ("latest_checkpoint", "model_fn", "config")
# Of a folder's name that another process has just taken, empty or not.
_TAKEN = (tf.errors.AlreadyExistsError, tf.errors.FailedPreconditionError)
_log = logging.getLogger("tfhub")

# EvalSpec of TensorFlow 2.15 takes nothing else for an exporter.
_Exporter: Any = object
with contextlib.suppress(AttributeError, ImportError):
    _Exporter = tf.compat.v1.estimator.Exporter


def register_module_for_export(module: Any, export_name: str) -> None:
    """Names a module of the current graph for `LatestModuleExporter`.

    Args:
      module: A `Module` in the current graph.
      export_name: The folder that it is exported to, within that of the export.

    Raises:
      EstimatorError: The name is taken, or leads out of the folder.
    """
    path = PurePosixPath(export_name)
    if not path.parts or path.is_absolute() or ".." in path.parts:
        msg = f"A module cannot be exported as {export_name!r}."
        hint = "Give a name, or a path within the folder of the export."
        raise EstimatorError(msg, hint=hint)
    if export_name in dict(_registered()):
        msg = f"There is already a module registered to be exported as {export_name!r}."
        hint = "Register each module once in a graph, each under a name of its own."
        raise EstimatorError(msg, hint=hint)
    tf.compat.v1.add_to_collection(_COLLECTION, (export_name, module))


def _registered() -> list[tuple[str, Any]]:
    return list(tf.compat.v1.get_collection(_COLLECTION))


class LatestModuleExporter(_Exporter):
    """Exports the registered modules from the latest checkpoint.

    For `exporters=` of `tf.estimator.EvalSpec`, or to call `export()` by hand.

    Args:
      name: The name of the exporter, below `export` in the Estimator's folder.
      serving_input_fn: A function without arguments that makes the inputs of a
        prediction, an object with `features` such as a
        `tf.estimator.export.ServingInputReceiver`.
      exports_to_keep: How many exports to keep, the newest; None keeps all.

    Raises:
      EstimatorError: `exports_to_keep` is not above zero.
    """

    def __init__(
        self,
        name: str,
        serving_input_fn: Callable[[], Any],
        exports_to_keep: int | None = 5,
    ) -> None:
        if exports_to_keep is not None and exports_to_keep <= 0:
            msg = (
                f"`exports_to_keep` must be above zero, or {words.value(None)}, not "
                f"{exports_to_keep}."
            )
            hint = f"Give how many are to stay, or {words.value(None)} for all of them."
            raise EstimatorError(msg, hint=hint)
        self._name = name
        self._serving_input_fn = serving_input_fn
        self._exports_to_keep = exports_to_keep

    @property
    def name(self) -> str:
        """The name of the exporter."""
        return self._name

    def export(
        self,
        estimator: Any,
        export_path: Any,
        checkpoint_path: Any = None,
        eval_result: Any = None,  # noqa: ARG002
        is_the_final_export: bool | None = None,  # noqa: ARG002
    ) -> bytes | None:
        """Exports the modules that the Estimator's model_fn registers.

        Args:
          estimator: A `tf.estimator.Estimator`, or an object with
            `latest_checkpoint()`, `model_fn(features, labels, mode, config)` and
            `config`, which may have `tf_random_seed` and `session_config`.
          export_path: The folder for all exports. It gets a new one, named by the
            time, which appears only when it is whole.
          checkpoint_path: The checkpoint to export; None is the latest.
          eval_result: For the interface of exporters; not used.
          is_the_final_export: For the interface of exporters; not used.

        Returns:
          The path of the new folder, as an Estimator's own exporters give it; None,
          with a warning, if no module is registered.

        Raises:
          EstimatorError: The object lacks methods of an Estimator, or there is no
            checkpoint.
        """
        missing = [each for each in _NEEDED if not hasattr(estimator, each)]
        if missing:
            msg = (
                f"{type(estimator).__name__} is not an Estimator: it has no "
                f"{' and no '.join(missing)}."
            )
            hint = (
                "Give a tf.estimator.Estimator, which TensorFlow 2.15 is the last to "
                f"have (this is {tf.__version__}), or an object with "
                "latest_checkpoint(), model_fn(features, labels, mode, config) and "
                "config."
            )
            raise EstimatorError(msg, hint=hint)
        checkpoint = checkpoint_path or estimator.latest_checkpoint()
        if checkpoint is None:
            msg = "Couldn't find a checkpoint: the Estimator was never trained."
            hint = f"Train it first, or give {words.argument('checkpoint_path')}."
            raise EstimatorError(msg, hint=hint)
        folder = _export(
            estimator, self._serving_input_fn, os.fspath(checkpoint), export_path
        )
        if folder is None:
            _log.warning(
                "LatestModuleExporter found no module to export. A model_fn names them "
                "with register_module_for_export()."
            )
            return None
        self._collect_garbage(export_path)
        return os.fsencode(folder)

    def _collect_garbage(self, export_path: Any) -> None:
        if self._exports_to_keep is None:
            return
        names = (name.rstrip("/") for name in tf.io.gfile.listdir(export_path))
        exports = sorted(filter(_EXPORT.fullmatch, names))
        for name in exports[: -self._exports_to_keep]:
            # Another process may be doing the same.
            with contextlib.suppress(tf.errors.OpError):
                tf.io.gfile.rmtree(tf.io.gfile.join(export_path, name))


def _export(
    estimator: Any, serving_input_fn: Callable[[], Any], checkpoint: str, path: Any
) -> str | None:
    config = estimator.config
    with tf.Graph().as_default() as graph:
        tf.compat.v1.set_random_seed(getattr(config, "tf_random_seed", None))
        # A model_fn may look for it, as in training.
        if tf.train.load_checkpoint(checkpoint).has_tensor("global_step"):
            tf.compat.v1.train.create_global_step(graph)
        features = serving_input_fn().features
        spec = estimator.model_fn(features, None, _PREDICT, config)
        modules = _registered()
        if not modules:
            return None
        saver = getattr(getattr(spec, "scaffold", None), "saver", None)
        session_config = getattr(config, "session_config", None)
        with tf.compat.v1.Session(graph=graph, config=session_config) as session:
            if saver is None:
                saver = tf.compat.v1.train.Saver(sharded=True, allow_empty=True)
            saver.restore(session, checkpoint)
            return _write(modules, session, path)


def _write(modules: list[tuple[str, Any]], session: Any, path: Any) -> str:
    """Exports the modules to a temporary folder, and renames that when it is whole."""
    join = tf.io.gfile.join
    path = tf.compat.as_str(os.fspath(path))
    tf.io.gfile.makedirs(path)
    temporary = join(path, f"temp-{int(time.time())}-{os.getpid()}")
    try:
        for name, module in modules:
            _export_module(module, session, join(temporary, name))
        while True:
            folder = join(path, str(int(time.time())))
            with contextlib.suppress(*_TAKEN):
                tf.io.gfile.rename(temporary, folder)
                return str(folder)
            time.sleep(0.1)  # until the next second, whose name is free
    finally:
        if tf.io.gfile.exists(temporary):
            tf.io.gfile.rmtree(temporary)


def _export_module(module: Any, session: Any, folder: str) -> None:
    if "://" not in folder:
        module.export(folder, session)
        return
    # A module is written to the disk; from there TensorFlow knows the way.
    with tempfile.TemporaryDirectory() as local:
        source = Path(local, "module")
        module.export(source, session)
        for file in filter(Path.is_file, source.rglob("*")):
            target = tf.io.gfile.join(folder, file.relative_to(source).as_posix())
            tf.io.gfile.makedirs(os.path.dirname(target))
            tf.io.gfile.copy(str(file), target)
