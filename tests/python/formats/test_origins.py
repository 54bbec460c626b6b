"""Where texts come from, in programs made for what is to be followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tfhub.formats import origins, programs, protos
from tfhub.formats.origins import Origin, Origins
from tfhub.formats.programs import Program


def body_of(count: int, inputs: list[str]) -> Any:
    """A program with one function of so many arguments, called so often."""
    model = protos.Programs().meta_graphs.add()
    function = model.graph_def.library.function.add()
    function.signature.name = "f"
    for number in range(len(inputs)):
        function.signature.input_arg.add(name=f"a{number}")
        function.node_def.add(name=f"n{number}", op="ReadFile", input=[f"a{number}"])
    for number in range(count):
        model.graph_def.node.add(name=f"c{number}", op="f", input=inputs)
    return Program(model, is_hub_module=False)


def test_following_texts_takes_bounded_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_MOST_STEPS", 2000)
    program = body_of(200, [f"p{number}" for number in range(200)])
    body = program.functions["f"]
    looked_at = 0
    original = programs.inputs_of

    def counted(node: Any) -> list[str]:
        nonlocal looked_at
        looked_at += 1
        return original(node)

    monkeypatch.setattr(origins, "inputs_of", counted)
    following = Origins(program, at_start=False)
    answers = {following.of(body, f"a{number}") for number in range(200)}
    assert answers == {frozenset([Origin("computed")])}
    assert looked_at < 500


def test_a_loop_hides_no_origin() -> None:
    # Whichever of them is looked at first, the text that comes in is not lost.
    model = protos.Programs().meta_graphs.add()
    graph = model.graph_def
    graph.node.add(name="saver", op="Placeholder")
    model.saver_def.filename_tensor_name = "saver:0"
    model.saver_def.restore_op_name = "b"
    graph.node.add(name="a", op="Merge", input=["saver", "b"])
    graph.node.add(name="b", op="Merge", input=["a", "text"])
    text = graph.node.add(name="text", op="Const").attr.add(key="value")
    text.value.tensor.dtype = protos.STRING
    text.value.tensor.string_val.append(b"/etc/passwd")
    program = Program(model, is_hub_module=False)
    for first in ("a", "b"):
        following = Origins(program, at_start=True)
        following.of(program.graph, first)
        for name in ("a", "b"):
            kinds = {each.kind for each in following.of(program.graph, name)}
            assert kinds != {"own"}, (first, name)


def test_a_variable_that_others_may_assign_is_not_the_models_own() -> None:
    def program(extra: Callable[[Any], Any]) -> Program:
        model = protos.Programs().meta_graphs.add()
        graph = model.graph_def
        graph.node.add(name="asset", op="Placeholder")
        model.object_graph_def.nodes.add()
        asset = model.asset_file_def.add(filename="a.txt")
        asset.tensor_info.name = "asset:0"
        graph.node.add(name="v", op="VarHandleOp")
        graph.node.add(name="set", op="AssignVariableOp", input=["v", "asset"])
        graph.node.add(name="get", op="ReadVariableOp", input=["v"])
        extra(graph)
        return Program(model, is_hub_module=False)

    def kinds(program: Program) -> set[str]:
        found = Origins(program, at_start=True).of(program.graph, "get")
        return {each.kind for each in found}

    assert kinds(program(lambda _: None)) == {"own"}

    def passes_it_on(graph: Any) -> None:
        graph.node.add(name="call", op="PartitionedCall", input=["v"])

    def shares_its_name(graph: Any) -> None:
        other = graph.node.add(name="w", op="VarHandleOp")
        other.attr.add(key="shared_name").value.s = b"v"

    assert kinds(program(passes_it_on)) == {"computed"}
    assert kinds(program(shares_its_name)) == {"computed"}
