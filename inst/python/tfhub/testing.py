"""Tiny models and a hub on loopback, for examples and for both test suites.

```python
with Host() as host:
    host.add("/fruit/1", save_fruit_model("fruit"))
    hub.load(host.url + "/fruit/1")
```
"""

from __future__ import annotations

import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


def save_fruit_model(path: str | Path) -> str:
    """Writes a small TF2 SavedModel that has one of everything, and returns its path.

    - `__call__(x, training=False)`: float32 [batch, 3] -> float32 [batch, 2],
      the row sums and row means of `2 * x`; `training=True` adds 1 to both.
    - `embed(text)`: string [batch] -> float32 [batch, 2]: bytes and characters.
    - `shout(text)`: string [batch] -> string [batch]: upper case, UTF-8.
    - signature `fruit_to_pet`: `apples` float32 [batch, 3] and `oranges` int64 [batch]
      -> `cats` float32 [batch, 3], `default` float32 [batch], `dogs` int64 [batch]
    - signature `serving_default`: `x` float32 [batch, 3] -> `output_0`, as `__call__`.
    - signature `shout`: `text` string [batch] -> `default` string [batch].
    """
    from .runtime.tf import tensorflow as tf

    class Fruit(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tf.Variable(2.0, name="scale")
            self.bias = tf.Variable([0.0, 0.0], name="bias", trainable=False)

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
        def infer(self, x: Any) -> Any:
            y = x * self.scale
            columns = [tf.reduce_sum(y, axis=1), tf.reduce_mean(y, axis=1)]
            return tf.stack(columns, axis=1) + self.bias

        @tf.function
        def __call__(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
            y = self.infer(x)
            return y + 1.0 if training else y

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def embed(self, text: Any) -> Any:
            lengths = [
                tf.strings.length(text),
                tf.strings.length(text, unit="UTF8_CHAR"),
            ]
            return tf.cast(tf.stack(lengths, axis=1), tf.float32)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def shout(self, text: Any) -> Any:
            return {"default": tf.strings.upper(text, encoding="utf-8")}

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 3], tf.float32, name="apples"),
                tf.TensorSpec([None], tf.int64, name="oranges"),
            ]
        )
        def fruit_to_pet(self, apples: Any, oranges: Any) -> Any:
            cats = apples * self.scale
            return {
                "cats": cats,
                "dogs": oranges + 1,
                "default": tf.reduce_sum(cats, axis=1) + tf.cast(oranges, tf.float32),
            }

    module = Fruit()
    images = tf.TensorSpec([None, 3], tf.float32, name="x")
    for training in (False, True):
        module.__call__.get_concrete_function(images, training=training)
    tf.saved_model.save(
        module,
        str(path),
        signatures={
            "serving_default": module.infer,
            "fruit_to_pet": module.fruit_to_pet,
            "shout": module.shout,
        },
    )
    return str(path)


def archive_bytes(folder: str | Path, *, mode: str = "w:gz") -> bytes:
    """The files of a folder as a tar archive, the folder being its root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname=".")
    return buffer.getvalue()


class Host:
    """A hub on loopback that speaks the hosting protocol; a context manager.

    Attributes:
      url: Where it answers, `http://127.0.0.1:<port>`, without a slash at the end.
      requests: The request lines so far, such as `GET /fruit/1?tf-hub-format=...`.
      headers: The header fields of each request.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def add(self, path: str, model: str | Path | bytes) -> str:
        """Serves a model folder (or the bytes of an archive); returns its URL."""
        body = model if isinstance(model, bytes) else archive_bytes(model)
        return self.answer(path, body=body)

    def answer(
        self,
        path: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> str:
        """Sets the answer for one path, whatever the query; returns its URL."""
        fields = {"Content-Length": str(len(body)), **(headers or {})}
        self._answers[path] = (status, fields, body)
        return self.url + path

    def close(self) -> None:
        """Stops the server and waits until its thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.requests.append(f"{self.command} {self.path}")
                host.headers.append(dict(self.headers))
                url = urlsplit(self.path)
                missing = (404, {"Content-Length": "0"}, b"")
                status, fields, body = host._answers.get(url.path, missing)
                page = b"<!DOCTYPE html><title>a model</title>"
                asked = parse_qs(url.query).get("tf-hub-format", [""])[0].split(",")
                archive = url.path.endswith((".tar", ".gz", ".tgz", ".zip"))
                if status == 200 and "compressed" not in asked and not archive:
                    fields, body = {"Content-Length": str(len(page))}, page
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None: ...

        return Handler
