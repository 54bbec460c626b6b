"""BERTopic with a sentence encoder, as its documentation has it."""

from __future__ import annotations

import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA


def test_topics_by_a_sentence_encoder() -> None:
    import tensorflow_hub
    from bertopic import BERTopic

    handle = "https://tfhub.dev/google/universal-sentence-encoder/4"
    embedding_model = tensorflow_hub.load(handle)
    documents = ["good film", "good good film", "bad book", "bad bad book"] * 10
    model = BERTopic(
        embedding_model=embedding_model,
        umap_model=PCA(n_components=2),
        hdbscan_model=KMeans(2, n_init=3, random_state=0),
        min_topic_size=2,
    )
    topics, _ = model.fit_transform(documents)
    assert len(set(topics[:2])) == 1
    assert len(set(topics)) == 2


@pytest.mark.parametrize("words", [["good"], ["film", "book"]])
def test_its_backend_takes_the_model(words: list[str], text: str) -> None:
    import tensorflow_hub
    from bertopic.backend._use import USEBackend

    assert USEBackend(tensorflow_hub.load(text)).embed(words).shape == (len(words), 4)
