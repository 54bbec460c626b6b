"""Top2Vec with a universal sentence encoder."""

from __future__ import annotations

import numpy as np
import tensorflow_hub as hub
from top2vec import Top2Vec


def test_topics_by_a_sentence_encoder(text: str) -> None:
    random = np.random.default_rng(0)
    kinds = [["good", "film"], ["bad", "book"]]
    documents = [" ".join(random.choice(kinds[index % 2], 30)) for index in range(120)]
    model = Top2Vec(
        documents,
        embedding_model="universal-sentence-encoder",
        embedding_model_path=text,
        min_count=1,
        umap_args={"n_neighbors": 5, "n_components": 2, "random_state": 0},
        workers=1,
    )
    # How many topics there are is hdbscan's affair; what is embedded is ours.
    assert model.get_num_topics() >= 1
    vectors = hub.load(text)(documents).numpy()
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(model.document_vectors, vectors / lengths, atol=1e-5)
    words, _, _ = model.query_topics("good film", num_topics=1)[:3]
    assert len(words[0]) > 0
