"""spacy-universal-sentence-encoder: its own tests, in short."""

from __future__ import annotations

import numpy as np
import spacy


def test_a_document_has_a_vector() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("universal_sentence_encoder")
    assert nlp("good film").vector.shape == (4,)
    assert nlp("good film").similarity(nlp("bad book")) < 1


def test_a_span_and_a_token_too(text: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("universal_sentence_encoder", config={"use_model_url": text})
    document = nlp("good bad")
    assert not np.allclose(document[0].vector, document[1].vector)
    np.testing.assert_allclose(document[0:1].vector, document[0].vector)
