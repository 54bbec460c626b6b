"""Where a model is read: on this machine, which has the folder."""

from __future__ import annotations

import copy
from typing import Any

from .tf import tf


def read_here(options: Any) -> Any:
    """The options to load a model with that lies on the disk of this machine.

    TensorFlow has each variable read by the machine that it is put on. With parameter
    servers, or remote accelerators, that need not be the one that has the model.

    Args:
      options: A `tf.saved_model.LoadOptions`, or None.

    Returns:
      The same; where other machines compute, too, options with an io device, if they
      do not have one yet.
    """
    if getattr(options, "experimental_io_device", None) or not tf.executing_eagerly():
        return options
    names = [device.name for device in tf.config.list_logical_devices()]
    machines = {(spec.job, spec.task) for spec in map(tf.DeviceSpec.from_string, names)}
    if len(machines) == 1:  # no need to ask which of them this one is
        return options
    with tf.device(None):
        here = tf.DeviceSpec.from_string(tf.zeros([]).device)
    # Without a cluster the names say no job.
    if all(
        job in (None, here.job) and task in (None, here.task) for job, task in machines
    ):
        return options
    options = copy.copy(options or tf.saved_model.LoadOptions())
    options.experimental_io_device = here.to_string()
    return options
