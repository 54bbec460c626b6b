"""check(): is this a good model to publish? Rule by rule, each with its remedy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .. import words
from ..errors import InputError, ModelFormatError
from ..fetch.resolve import resolve
from ..formats.description import Description
from ..formats.programs import read_programs
from ..formats.saved_model import describe_folder
from ..formats.scanning import UNKNOWN, Scan, scan_folder
from ..shown import brief, listed, shown
from .interfaces import INTERFACES, rules

PASSED, FAILED, WARNED, SKIPPED = "passed", "failed", "warned", "skipped"
_SECONDS, _MEMORY = 300, 8 << 30
_PINNED = re.compile(r"gpu|tpu|/job:(?!localhost)|/task:[1-9]", re.I)
_ABSOLUTE = re.compile(r"(?:[a-z]+:)?/|[a-z]:\\|\\\\", re.I)
_FEW = 5


@dataclass(frozen=True)
class Outcome:
    """What came of one rule.

    Attributes:
      rule: Its name: `whole`, `scan`, `devices`, `paths`, `ops`, `loads`, `runs`,
        `reusable`, or the name of an interface.
      outcome: `passed`, `failed`, `warned` or `skipped`.
      found: What was found.
      remedy: What to do, or "".
    """

    rule: str
    outcome: str
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """What a check of a model found.

    Attributes:
      handle: What the user asked for.
      path: The folder.
      outcomes: One or more for each rule.
    """

    handle: str
    path: str
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether no rule failed."""
        return all(each.outcome != FAILED for each in self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """The check as lists, dicts and strings, ready for JSON."""
        return {**asdict(self), "passed": self.passed}


def check(
    handle: str | os.PathLike[str],
    signature: str | None = None,
    *,
    run: bool | None = None,
    seconds: int = _SECONDS,
    memory: int = _MEMORY,
) -> Check:
    """Looks whether a model is fit to be published.

    - `whole`: every file that the graph and the checkpoint name is there.
    - `scan`: it only computes, see `scan()`.
    - `ops`: TensorFlow has all of its operations.
    - `paths`: it names no absolute path.
    - `devices`: it asks for no GPU, TPU or other machine.
    - `loads`, `runs`: it loads, and each signature runs on small made inputs, in a
      process of its own.
    - `reusable`: its object has what the reusable SavedModel interface asks for.
    - `signature`: one of the common signatures, rule by rule.

    Args:
      handle: As for `resolve()`.
      signature: The interface that the model is to have: `image_classification`,
        `image_feature_vector` or `text_embedding`.
      run: Whether to load and run it, which runs its code. None does unless the scan
        finds that it does more than compute.
      seconds: The time that this may take.
      memory: The bytes of memory that this may take.

    Returns:
      A `Check`: its `outcomes`, each with its rule, what was found, and what to do;
      and whether all of it `passed`.

    Raises:
      HubError: As for `resolve()`.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file of the model is damaged, or in a newer format.
      InputError: There is no such interface.
    """
    named = shown(os.fspath(handle))
    if signature is not None and signature not in INTERFACES:
        msg = f"{shown(signature)!r} is no common signature that can be checked."
        hint = f"Give one of these: {listed(INTERFACES)}."
        raise InputError(msg, handle=named, hint=hint)
    path = resolve(handle)
    if "://" in path:
        msg = f"The model in {shown(path)} cannot be checked, as it is not here."
        hint = "Unset TFHUB_MODEL_LOAD_FORMAT, so that it is downloaded."
        raise ModelFormatError(msg, handle=named, hint=hint)
    model, scan = describe_folder(path, handle=named), scan_folder(path, handle=named)
    outcomes = [*_whole(model), *_scanned(scan), _devices(path)]
    if run is None and scan.findings:
        found = "It does more than compute, so it was not run."
        remedy = f"If you trust it, give {words.argument(run=True)}."
        outcomes.append(Outcome("runs", SKIPPED, found, remedy))
    elif run is False:
        outcomes.append(Outcome("runs", SKIPPED, "It was not run."))
    else:
        outcomes += _tried(path, model, signature, seconds, memory)
    spoken = [
        replace(
            each,
            found=words.said(each.found, words.spoken()),
            remedy=words.said(each.remedy, words.spoken()),
        )
        for each in outcomes
    ]
    return Check(named, path, tuple(spoken))


def _whole(model: Description) -> Iterator[Outcome]:
    for problem in model.problems:
        yield Outcome("whole", FAILED, problem, "Export or fetch the model again.")
    if not model.problems:
        yield Outcome(
            "whole", PASSED, f"All of its {len(model.files)} files are whole."
        )


def _scanned(scan: Scan) -> Iterator[Outcome]:
    known = [each for each in scan.findings if each.effect != UNKNOWN]
    told = [f"{each.effect} by {each.op} ({each.where})" for each in known]
    if known:
        found = f"It does more than compute: {listed(dict.fromkeys(told), _FEW)}."
        remedy = f"Look at it with {words.call('scan', scan.handle)}."
        yield Outcome("scan", FAILED, found, remedy)
    else:
        yield Outcome(
            "scan", PASSED, f"None of {scan.nodes:,} nodes reaches out of it."
        )
    ops = {each.op for each in scan.findings if each.effect == UNKNOWN}
    if ops:
        found = (
            f"TensorFlow itself does not have these ops: {listed(sorted(ops), _FEW)}."
        )
        remedy = "Say on the model's page which package has them."
        yield Outcome("ops", WARNED, found, remedy)
    else:
        yield Outcome("ops", PASSED, "TensorFlow has all of its ops.")
    paths = {each.where for each in known if _ABSOLUTE.match(each.where)}
    if paths:
        found = f"It names absolute paths: {listed(sorted(paths), _FEW)}."
        remedy = "Make the file an asset (tf.saved_model.Asset), and export again."
        yield Outcome("paths", FAILED, found, remedy)
    else:
        yield Outcome("paths", PASSED, "It names no absolute path.")


def _devices(path: str) -> Outcome:
    found = {
        node.device
        for program in read_programs(path)
        for body in program.bodies()
        for node in body.nodes
        if node.device and _PINNED.search(node.device)
    }
    if not found:
        return Outcome("devices", PASSED, "It asks for no GPU, TPU or other machine.")
    text = f"Parts of it ask for {listed(sorted(found), _FEW)}."
    return Outcome("devices", FAILED, text, "Export it without tf.device().")


def _tried(
    path: str, model: Description, signature: str | None, seconds: int, memory: int
) -> Iterator[Outcome]:
    trial = _trial(path, seconds, memory)
    if "error" in trial:
        yield Outcome(
            "loads", FAILED, trial["error"], "Load it yourself, and mend that."
        )
        return
    yield Outcome("loads", PASSED, "It loads.")
    for call in trial["calls"]:
        name = (
            f"The signature {brief(call['name'])}" if call["name"] else "Its own call"
        )
        if "outputs" in call:
            yield Outcome("runs", PASSED, f"{name} runs.")
        elif "error" in call:
            yield Outcome("runs", FAILED, f"{name}: {call['error']}")
        else:
            why = call.get("refused") or call["not_made"]
            remedy = "Run it yourself with inputs that fit."
            yield Outcome("runs", WARNED, f"{name} was not run: {why}", remedy)
    if model.format == "TF2 SavedModel":
        yield from _reusable(trial["parts"])
    if signature is not None:
        yield from _interface(signature, trial["calls"], model)


def _reusable(parts: dict[str, Any]) -> Iterator[Outcome]:
    document = "See https://www.tensorflow.org/hub/reusable_saved_models."
    if not parts["calls"]:
        found = "It has no __call__ that is a tf.function, only signatures."
        yield Outcome("reusable", WARNED, found, document)
    if parts["strange"]:
        found = "Some of trainable_variables are not in variables."
        yield Outcome("reusable", FAILED, found, document)
    for loss in filter(None, parts["losses"]):
        found = f"One of regularization_losses {brief(loss)}"
        yield Outcome("reusable", FAILED, found, document)
    if parts["calls"] and not parts["strange"] and not any(parts["losses"]):
        found = f"{parts['variables']} variables, {parts['trainable']} to be trained."
        yield Outcome("reusable", PASSED, found)


def _interface(
    name: str, calls: list[dict[str, Any]], model: Description
) -> Iterator[Outcome]:
    chosen = [each for each in calls if not each["name"]]
    for wanted in (name, model.default_signature):
        chosen = chosen or [each for each in calls if each["name"] == wanted]
    if not chosen:
        found = "It has neither a call of its own nor such a signature."
        yield Outcome(name, FAILED, found, "Export it with one.")
        return
    for asked, is_so, there in rules(name, chosen[0]):
        text = f"{asked[0].upper()}{asked[1:]}{f': {brief(there)}' if there else ''}."
        yield Outcome(name, PASSED if is_so else FAILED, text)


def _trial(path: str, seconds: int, memory: int) -> dict[str, Any]:
    package = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "tfhub.hosting.trial", path, str(int(memory))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            filter(None, [package, os.environ.get("PYTHONPATH")])
        ),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"It takes more than {seconds} seconds to load and run."}
    try:
        found = json.loads(run.stdout)
        return found if isinstance(found, dict) else {"error": "It gave no answer."}
    except ValueError:
        last = run.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return {"error": f"It ended its process ({run.returncode}): {brief(last, 500)}"}
