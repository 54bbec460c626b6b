"""Sessions around a module: without them where all is understood, else as it was."""

from __future__ import annotations

import pytest

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")

from tfhub.migrating.python import migrated

HEAD = "import tensorflow as tf\nimport tensorflow_hub as hub\nm = hub.Module('h')\n"
EAGER = "import tensorflow as tf\nimport tfhub as hub\nm = hub.Module('h')\n"
GRAPH = ("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
         "import tfhub as hub\nm = hub.Module('h')\n")  # fmt: skip
INIT = "s.run([tf.global_variables_initializer(), tf.tables_initializer()])"


@pytest.mark.parametrize(
    ("program", "after"),
    [
        # How a session is opened and closed.
        (f"with tf.Session() as s:\n    {INIT}\n    x = s.run(m('a'))\n",
         "x = m('a').numpy()\n"),
        (f"s = tf.Session(); {INIT}\nx = s.run(m('a'))\ns.close()\n",
         "x = m('a').numpy()\n"),
        (f"s = tf.InteractiveSession()\n{INIT}\nx = s.run(m('a'))\n",
         "x = m('a').numpy()\n"),
        ("with tf.Session() as s, open('f') as f:\n    x = s.run(m('a'))\n",
         "with open('f') as f:\n    x = m('a').numpy()\n"),
        ("with open('f') as f, tf.Session() as s:\n    x = s.run(m('a'))\n",
         "with open('f') as f:\n    x = m('a').numpy()\n"),
        ("with tf.Graph().as_default(), tf.Session() as s:\n  x = s.run(m('a'))\n",
         "x = m('a').numpy()\n"),
        (f"def f(x):\n    with tf.Session() as s:\n        {INIT}\n",
         "def f(x):\n    pass\n"),
        (f"for x in y:\n    with tf.Session() as s:\n        {INIT}\n"
         "        if x:\n            yield s.run(m(x))\n        else:\n"
         "            z = 1  # two\n",
         "for x in y:\n    if x:\n        yield m(x).numpy()\n    else:\n"
         "        z = 1  # two\n"),
        # Initialisers.
        ("i = tf.group(tf.global_variables_initializer(), tf.tables_initializer())\n"
         "with tf.Session() as s:\n  s.run(i)\n  x = s.run(m('a'))\n",
         "x = m('a').numpy()\n"),
        ("i = tf.global_variables_initializer()\nj = [i]\nwith tf.Session() as s:\n"
         "  s.run(i); s.run(tf.tables_initializer()); x = s.run(m('a'))\n", None),
        # What is fetched.
        ("with tf.Session() as s:\n  a, b = s.run((m('a'), m('b')[0]))\n",
         "a, b = (m('a').numpy(), m('b')[0].numpy())\n"),
        ("e = m('a', as_dict=True)\nwith tf.Session() as s:\n  x = s.run(e)\n",
         "e = m('a', as_dict=True)\n"
         "x = {name: value.numpy() for name, value in e.items()}\n"),
        ("e = m(dict(a=['b']), 'sig', True)\nwith tf.Session() as s:\n  s.run(e)\n",
         None),
        ("a = m('a')\nb = 2 * tf.nn.l2_normalize(a, axis=1) - a\n"
         "with tf.Session() as s:\n  x = s.run(b - 1)\n",
         "a = m('a')\nb = 2 * tf.nn.l2_normalize(a, axis=1) - a\n"
         "x = (b - 1).numpy()\n"),
        ("a = m('a')\nwith tf.Session() as s:\n  a = s.run(a)\n",
         "a = m('a')\na = a.numpy()\n"),
        ("with tf.Session() as s:\n  x = s.run(hub.Module('g')(['a']))\n",
         "x = hub.Module('g')(['a']).numpy()\n"),
        # Comments stay.
        (f"# one\nwith tf.Session() as s:  # two\n\n  # three\n  {INIT}  # four\n"
         "  # five\n  x = s.run(m('a'))  # six\n  # seven\ny = 1\n",
         "# one\n# three\n# five\nx = m('a').numpy()  # six\n# seven\ny = 1\n"),
        ("tf.logging.set_verbosity(tf.logging.INFO)\n"
         "with tf.Session() as s:\n  x = s.run(m('a'))\n",
         "tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.INFO)\n"
         "x = m('a').numpy()\n"),
        # What is not understood stays, all of it.
        ("p = tf.placeholder(tf.string)\nwith tf.Session() as s:\n  s.run(m(p))\n",
         None),
        ("with tf.Session() as s:\n  s.run(m('a'), {p: 1})\n", None),
        ("with tf.Session() as s:\n  s.run(f(m('a')))\n", None),
        ("with tf.Session() as s:\n  f(s)\n", None),
        ("with tf.Session(config=c) as s:\n  s.run(m('a'))\n", None),
        ("with tf.Session() as s: s.run(m('a'))\n", None),
        ("f(tf.Session())\n", None),
        ("with tf.Session() as s:\n  s.run(m('a'))\ns = None\n", None),
        ("with tf.Session() as s:\n  s.run(tf.argmax(m('a'), dimension=1))\n", None),
        ("a = m('a')\nif b: a = f()\nwith tf.Session() as s:\n  s.run(a)\n", None),
        ("def f(m):\n  with tf.Session() as s:\n    s.run(m('a'))\n", None),
        ("v = tf.get_variable('v', [])\nwith tf.Session() as s:\n  s.run(m('a'))\n",
         None),
        ("g = tf.Graph()\nwith g.as_default():\n  a = m('a')\n"
         "with tf.Session() as s:\n  s.run(a)\n", None),
        ("with tf.Session() as s:\n  s.run(m('a'))\n  m.export('x', s)\n", None),
        # What TensorFlow 2 has, too, but not the same without a graph.
        ("a = m(tf.random.normal([2]))\nwith tf.Session() as s:\n"
         "  x = [s.run(a) for _ in y]\n", None),
        ("a = m(d.make_one_shot_iterator().get_next())\nwith tf.Session() as s:\n"
         "  s.run(a)\n", None),
        ("with tf.Session() as s:\n  s.run(m('a'))\n  m('b').eval()\n", None),
        ("a = m('a')\nn = a.get_shape()[1].value\nwith tf.Session() as s:\n"
         "  s.run(a)\n", None),
        ("a = m('a')\nn = a.get_shape()[1], b[1].value\nwith tf.Session() as s:\n"
         "  x = s.run(a)\n",
         "a = m('a')\nn = a.get_shape()[1], b[1].value\nx = a.numpy()\n"),
    ],
)  # fmt: skip
def test_a_session(program: str, after: str | None) -> None:
    made, remarks = migrated((HEAD + program).encode())
    if after is None:
        assert made.decode() == GRAPH + program
        assert [each.what for each in remarks] != []
    else:
        assert made.decode() == EAGER + after
        assert remarks == []
    assert migrated(made)[0] == made


def test_what_runs_with_tensorflow_2_stays() -> None:
    for program in (
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "import tfhub as hub\nwith tf.Session() as s: s.run(hub.Module('h')('a'))\n",
        "import tensorflow as tf\nimport tfhub as hub\n"
        "with tf.Graph().as_default():\n  m = hub.Module('h')\n"
        "  with tf.compat.v1.Session() as s: s.run(m('a'))\n",
        "import tensorflow as tf\nimport tfhub as hub\ng = tf.Graph()\n"
        "with tf.compat.v1.Session(graph=g) as s: s.run(hub.Module('h')('a'))\n",
    ):
        assert migrated(program.encode()) == (program.encode(), [])


@pytest.mark.parametrize(
    ("imports", "after"),
    [
        ("import tensorflow as t", "import tensorflow.compat.v1 as t\n"
         "t.disable_v2_behavior()"),
        ("import tensorflow", "import tensorflow.compat.v1 as tensorflow\n"
         "tensorflow.disable_v2_behavior()"),
        ("import os, tensorflow as tf  # x", "import os, tensorflow.compat.v1 as tf"
         "  # x\ntf.disable_v2_behavior()"),
        ("import tensorflow.compat.v1 as tf", "import tensorflow.compat.v1 as tf\n"
         "tf.disable_v2_behavior()"),
    ],
)  # fmt: skip
def test_a_program_for_graphs_asks_for_them(imports: str, after: str) -> None:
    name = imports.split(" as ")[-1].split()[-1 if " as " not in imports else 0]
    rest = (
        f"\nimport tfhub as hub\np = {name}.placeholder('string')\n"
        f"with {name}.Session() as s: s.run(hub.Module('h')(p), {{p: 'a'}})\n"
    )
    made, remarks = migrated((imports + rest).encode())
    assert made.decode() == after + rest
    assert "TensorFlow 1's behaviour" in remarks[0].what
    assert migrated(made)[0] == made


def test_a_program_whose_names_tensorflow_2_has_asks_for_graphs_alone() -> None:
    program = (
        "import tensorflow as tf\n{}import tfhub as hub\n"
        "s = tf.compat.v1.Session()\ns.run(hub.Module('h')(p), {{p: 'a'}})\n"
    )
    made, _ = migrated(program.format("").encode())
    assert made.decode() == program.format("tf.compat.v1.disable_v2_behavior()\n")


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("tf.estimator.DNNClassifier()", "Estimators left TensorFlow"),
        ("tf.compat.v1.estimator.inputs", "Estimators left TensorFlow"),
        ("hub.LatestModuleExporter('a', f)", "hub.LatestModuleExporter serves"),
        ("tf.contrib.layers.x", "tf.contrib ended with TensorFlow 1"),
        ("tf.layers.dense(m('a'), 2)", "tf.layers needs Keras 2"),
        ("tf.keras.layers.DenseFeatures([c])", "feature columns have no layer"),
        ("tf.keras.backend.set_session(s)", "Keras 3 has no sessions"),
        ("tf.keras.layers.Lambda(m)", "a Lambda of Keras 3 cannot hold"),
        ("tf.placeholder('string')", "tf.placeholder is not in TensorFlow 2"),
        ("with tf.Session() as s: tf.keras.Sequential(s)", "a session and Keras"),
        ("from tensorflow import Session as S\nwith S() as s: s.run(m('a'))",
         "needs TensorFlow 1's behaviour"),
    ],
)  # fmt: skip
def test_what_does_not_work_any_more_is_said(program: str, what: str) -> None:
    made, remarks = migrated((HEAD + program).encode())
    assert made == (EAGER + program).encode()
    assert any(each.line == 4 or "import" in program for each in remarks)
    assert any(what in each.what and each.advice for each in remarks), remarks
