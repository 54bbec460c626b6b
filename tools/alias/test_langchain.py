"""langchain-community's embeddings."""

from __future__ import annotations

from langchain_community.embeddings import TensorflowHubEmbeddings


def test_documents_and_a_query_are_embedded(text: str) -> None:
    embeddings = TensorflowHubEmbeddings(model_url=text)
    good, bad = embeddings.embed_documents(["good film", "bad\nfilm"])
    assert len(good) == 4
    assert good != bad
    assert embeddings.embed_query("good film") == good


def test_a_handle_of_tfhub_dev() -> None:
    handle = "https://tfhub.dev/google/universal-sentence-encoder/4"
    embeddings = TensorflowHubEmbeddings(model_url=handle)
    assert len(embeddings.embed_query("good")) == 4
