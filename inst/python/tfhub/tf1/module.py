"""hub.Module: a module to apply, to train and to export."""

from __future__ import annotations

import os
from typing import Any

from .. import words
from ..errors import GraphError, InputError, OutputError, SignatureNotFoundError
from ..runtime import symbolic
from ..runtime.forks import require_home
from ..runtime.tf import tf
from . import importing, saved, writing
from .eager.module import EagerModule
from .graph_module import GraphModule
from .spec import ModuleSpec, as_module_spec
from .tensors import TensorInfo


class Module(tf.Module):
    """A module in the TF1 Hub format, in a graph or outside.

    In a `tf.Graph` this adds the module's variables to the graph, where
    `tf.compat.v1.global_variables_initializer()` gives them the trained values and
    `tf.compat.v1.tables_initializer()` fills the tables; each call adds an application,
    and all share the variables. Outside of a graph the variables are there at once, and
    a call computes.

    ```python
    embed = hub.Module("https://example.com/text/1", trainable=True)
    vectors = embed(["one text", "another"])
    ```

    Args:
      spec: A handle, or a ModuleSpec.
      trainable: Whether the module is to be trained. In a graph, its variables are then
        in `TRAINABLE_VARIABLES`, its regularization losses in
        `REGULARIZATION_LOSSES`, and each application adds its update ops, such as
        those of moving averages, to `UPDATE_OPS`.
      name: The variable scope of its variables, made unique in a graph.
      tags: The graph variant. None is the one without tags.

    Raises:
      HubError: As `load_module_spec()` does.
      TagsError: There is no graph variant with these tags.
      GraphError: In the graph, `name` is taken by something else.
    """

    def __init__(
        self,
        spec: str | os.PathLike[str] | ModuleSpec,
        trainable: bool = False,
        name: str = "module",
        tags: Any = None,
    ) -> None:
        self._spec = as_module_spec(spec)
        self._tags = saved.as_tags(tags)
        self._trainable = bool(trainable)
        require_home(self._spec.name)
        with tf.init_scope():
            eager = tf.executing_eagerly()
            if eager:  # in a graph it would take the name scope
                super().__init__()
                self._applied: Any = EagerModule(
                    self._spec, self._trainable, name, self._tags
                )
        if eager and not tf.executing_eagerly():
            _leave_out(self._applied.variables)
        if not eager:
            definition = self._spec.definition
            self._applied = GraphModule(definition, self._trainable, name, self._tags)
        self._eager = eager

    def __call__(
        self,
        inputs: Any = None,
        signature: str | None = None,
        as_dict: bool | None = None,
        training: bool | None = None,
    ) -> Any:
        """Applies the module.

        Args:
          inputs: One value where the signature takes one input, a dict by name where it
            takes several. SparseTensors and RaggedTensors where it takes such.
          signature: The signature; None is `default`.
          as_dict: True gives all outputs as a dict sorted by name, else that named
            `default` is given.
          training: Outside of a graph only: whether to run the graph variant for
            training, and of a trainable module the update ops, too.

        Raises:
          SignatureNotFoundError: There is no signature of that name.
          InputError: The inputs do not fit; the message shows expected beside given.
          OutputError: There is no output named `default`.
          GraphError: The module is of another graph.
        """
        if not self._eager and training is not None:
            msg = f"{words.argument('training')} has no meaning in a graph."
            hint = (
                "Choose the graph variant: "
                f"{words.call('Module', ..., tags={'train'})}."
            )
            raise GraphError(msg, hint=hint)
        require_home(self._spec.name)
        try:
            if self._eager:
                with symbolic.refusing(self._spec.name, inputs):
                    return self._applied(inputs, signature, as_dict, training)
            return self._applied(inputs, signature, as_dict)
        except (InputError, OutputError, SignatureNotFoundError) as error:
            if error.handle is None:
                error.handle = self._spec.name
                error.message = f"{self._spec.name}: {error.marked[0]}"
            raise

    def __repr__(self) -> str:
        how = ", trainable" if self._trainable else ""
        return f"<hub.Module {self._spec.name}{how}>"

    @property
    def variables(self) -> list[Any]:
        """All variables, sorted by name."""
        return list(self._applied.variables)

    @property
    def trainable_variables(self) -> list[Any]:
        """Those to train; none if the module is not trainable."""
        if self._eager:
            return list(self._applied.trainable_variables)
        graph = self._applied.graph
        to_train = graph.get_collection(importing.Keys.TRAINABLE_VARIABLES)
        return [v for v in self.variables if any(v is other for other in to_train)]

    @property
    def regularization_losses(self) -> list[Any]:
        """Outside of a graph, functions that each give a scalar; see `EagerModule`."""
        if self._eager:
            return list(self._applied.regularization_losses)
        msg = "In a graph the regularization losses are in a collection."
        get = words.tensorflow("compat.v1.get_collection")
        hint = f"{get}({words.tensorflow('compat.v1.GraphKeys.REGULARIZATION_LOSSES')})"
        raise GraphError(msg, hint=hint)

    @property
    def variable_map(self) -> dict[str, Any]:
        """The variables by their names in the module.

        The parts of a partitioned variable are a list, in the order of their offsets.
        """
        return dict(self._applied.variable_map)

    def get_signature_names(self) -> list[str]:
        """The names of the signatures, sorted."""
        return self._spec.get_signature_names(self._tags)

    def get_input_info_dict(
        self, signature: str | None = None
    ) -> dict[str, TensorInfo]:
        """What a signature takes; see `ModuleSpec.get_input_info_dict()`."""
        return self._spec.get_input_info_dict(signature, self._tags)

    def get_output_info_dict(
        self, signature: str | None = None
    ) -> dict[str, TensorInfo]:
        """What a signature gives; see `ModuleSpec.get_output_info_dict()`."""
        return self._spec.get_output_info_dict(signature, self._tags)

    def get_attached_message(
        self,
        key: str,
        message_type: Any,
        required: bool = False,
    ) -> Any:
        """An attached message; see `ModuleSpec.get_attached_message()`."""
        return self._spec.get_attached_message(key, message_type, self._tags, required)

    def export(self, path: str | os.PathLike[str], session: Any = None) -> str:
        """Exports the module with the values that its variables have now.

        Args:
          path: The folder. It may hold other files, but no model. The model appears
            in it only when it is whole.
          session: In a graph, a session of it.

        Returns:
          The path.

        Raises:
          GraphError: The session, or the default graph, is not that of the module.
          ModelExistsError: There is a file at the path, or files of a model in it.
          WriteError: Nothing can be written there.
        """
        values = self.variable_map
        if self._eager:
            values = tf.nest.map_structure(lambda v: v.numpy(), values)
        else:
            importing.require_graph(self._applied.graph, "The module to be exported")
            if session is None or session.graph is not self._applied.graph:
                msg = "The session is none of the module's graph."
                raise GraphError(msg, hint="Give the session that trained the module.")
            values = session.run(values) if values else {}
        return writing.write(self._spec.definition, path, values)


def _leave_out(variables: list[Any]) -> None:
    """Takes variables that have their values from those to be initialised.

    `tf.compat.v1.wrap_function()` puts each new variable among these, also where it is
    made outside of the function.
    """
    made = {id(variable) for variable in variables}
    graph = tf.compat.v1.get_default_graph()
    listed = graph.get_collection_ref(importing.Keys.GLOBAL_VARIABLES)
    listed[:] = [variable for variable in listed if id(variable) not in made]
