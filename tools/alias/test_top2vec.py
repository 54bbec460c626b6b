"""Top2Vec with a universal sentence encoder."""

from __future__ import annotations

import numpy as np
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
    assert model.get_num_topics() >= 2
    assert model.document_vectors.shape == (120, 4)
    words, _, _ = model.query_topics("good film", num_topics=1)[:3]
    assert len(words[0]) > 0
