"""What the names of tensorflow_hub and TensorFlow have become."""

from __future__ import annotations

from .tf1_names import ONLY_TF1

OLD, NEW = "tensorflow_hub", "tfhub"

# The public names of tensorflow_hub 0.12 to 0.16.1, by the submodule that has each.
SUBMODULES = {
    "estimator": {"LatestModuleExporter", "register_module_for_export"},
    "feature_column": {
        "image_embedding_column",
        "sparse_text_embedding_column",
        "text_embedding_column",
    },
    "feature_column_v2": {"text_embedding_column_v2"},
    "image_module_info_pb2": {"ImageModuleInfo"},
    "image_util": {
        "attach_image_module_info",
        "get_expected_image_size",
        "get_num_image_channels",
    },
    "keras_layer": {"KerasLayer"},
    "module": {"Module", "eval_function_for_module", "load_module_spec"},
    "module_spec": {"ModuleSpec"},
    "module_v2": {"load", "resolve"},
    "native_module": {"add_signature", "attach_message", "create_module_spec"},
    "saved_model_module": {"create_module_spec_from_saved_model"},
}
PUBLIC = frozenset[str]().union(*SUBMODULES.values(), {"__version__"})
# What this library has beside those.
_OURS = """
    HubError Server cache_adopt cache_dir cache_export cache_import cache_list
    cache_prune cache_remove cache_verify check describe errors export
    export_text_embedding keras3 pack predict read_images scan search serve tf_keras
    trust upgrade
    """
OURS = frozenset(_OURS.split())
# What stands in the place of other parts.
INSTEAD = {
    "resolver.tfhub_cache_dir": "hub.cache_dir() is that folder",
}
# Parts of it that programs reach into, and this library has under the old name alone.
_INNER = """
    compressed_module_resolver config file_utils meta_graph_lib module_attachment_pb2
    module_def_pb2 module_impl registry resolver saved_model_lib tensor_info tf_utils
    tf_v1 tools uncompressed_module_resolver version
    """
INNER = frozenset(_INNER.split())
KEEP = "`import tfhub.as_tensorflow_hub`, before all else, keeps the old name"
# Of TensorFlow 1, what needs but its new name where there is no graph.
_ANYWHERE = {"app", "flags", "gfile", "logging", "set_random_seed"}
SESSIONS = {"Session", "InteractiveSession"}
# What TensorFlow 2 has, too, but means something else by where there is no graph: a
# random tensor is another at each run of a session.
OF_GRAPHS = {"Graph", "data", "random"}
MEMBERS_OF_GRAPHS = {
    *("eval", "get_next", "initializer", "make_initializable_iterator"),
    *("make_one_shot_iterator", "minimize"),
}
DISABLERS = {"disable_v2_behavior", "disable_eager_execution"}
INITIALIZERS = {
    "global_variables_initializer",
    "initialize_all_tables",
    "initialize_all_variables",
    "local_variables_initializer",
    "tables_initializer",
}
# Functions of a value that are the same in TensorFlow 1 and 2 and give one tensor, with
# the arguments that both know.
_OPS = """
    abs acos add argmax cast clip_by_value concat constant convert_to_tensor divide
    exp expand_dims fill identity linalg.norm math.acos math.l2_normalize math.multiply
    math.reduce_max math.reduce_mean math.reduce_min math.reduce_sum matmul maximum
    minimum multiply negative nn.l2_normalize nn.relu nn.sigmoid nn.softmax nn.tanh norm
    ones ones_like pow reduce_max reduce_mean reduce_min reduce_sum reshape shape
    sigmoid sqrt square squeeze stack subtract tanh tensordot tile transpose zeros
    zeros_like
"""
OPS = frozenset(_OPS.split())
_OP_ARGUMENTS = """
    a axis b clip_value_max clip_value_min dtype keepdims multiples name perm shape
    tensor transpose_a transpose_b value values x y
    """
OP_ARGUMENTS = frozenset(_OP_ARGUMENTS.split())
# What TensorFlow 2, or the Keras of it, does not have at all.
GONE = {
    "estimator": (
        "Estimators left TensorFlow with version 2.16",
        "run it with TensorFlow 2.15, or put hub.KerasLayer(handle) into a Keras model",
    ),
    "contrib": (
        "tf.contrib ended with TensorFlow 1",
        "write what it did by TensorFlow 2 or Keras",
    ),
    "layers": (
        "tf.layers needs Keras 2",
        "install tf-keras and set TF_USE_LEGACY_KERAS=1, or use Keras layers",
    ),
    "keras.layers.DenseFeatures": (
        "feature columns have no layer in Keras 3",
        "read them by tf_keras.layers.DenseFeatures or "
        "tf.compat.v1.feature_column.input_layer, or use hub.KerasLayer(handle)",
    ),
    "keras.backend.set_session": (
        "Keras 3 has no sessions",
        "leave the session out; hub.KerasLayer(handle, signature=, output_key=) is a "
        "layer of any module",
    ),
}
GONE["keras.backend.get_session"] = GONE["keras.backend.set_session"]
GONE["keras.experimental.export_saved_model"] = (
    "tf.keras.experimental.export_saved_model is gone",
    "write model.export(folder), or hub.export()",
)


def tensorflow(qualified: str) -> str | None:
    """A name of TensorFlow without where it is taken from: `Session`, `nn.softmax`."""
    root, _, name = qualified.partition(".")
    if root != "tensorflow" or not name:
        return None
    return name.removeprefix("compat.v1.")


def is_compat(qualified: str) -> bool:
    """Whether it is taken from `tf.compat.v1`, which TensorFlow 2 has."""
    return qualified.startswith("tensorflow.compat.v1.")


def _among(name: str, names: frozenset[str] | set[str] | dict[str, object]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in names for end in range(1, len(parts) + 1))


def is_only_tf1(name: str) -> bool:
    """Whether TensorFlow 2 has it in `tf.compat.v1` at most."""
    return _among(name, ONLY_TF1) or name.split(".")[0] == "contrib"


def works_anywhere(name: str) -> bool:
    """Whether it needs but another name in TensorFlow 2."""
    return _among(name, _ANYWHERE)


def gone(name: str) -> tuple[str, str] | None:
    """What to know of a name of TensorFlow that does not work any more."""
    parts = name.split(".")
    found = (GONE.get(".".join(parts[:end])) for end in range(1, len(parts) + 1))
    return next(filter(None, found), None)
