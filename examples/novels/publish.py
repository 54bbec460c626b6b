"""What a publisher does: word vectors of the unlabelled passages become a text module.

It leaves `hub/novels/words/1/` under `out/`, in a folder that `tfhub serve` serves.
The vectors are those of latent semantic analysis (Deerwester et al., 1990): words that
stand in the same passages are near each other.
"""

import csv
import shutil
from pathlib import Path

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

import tfhub as hub

OUT = Path(__file__).parent / "out"
MODULE = OUT / "hub/novels/words/1"
DIMENSIONS = 64


def main() -> None:
    with (OUT / "passages.csv").open(encoding="utf-8") as file:
        texts = [
            row["text"] for row in csv.DictReader(file) if row["use"] != "held_out"
        ]
    # Names are the best words, and the most common words the worst.
    words = TfidfVectorizer(min_df=5, max_df=0.1, token_pattern="[a-z]+")
    found = TruncatedSVD(DIMENSIONS, random_state=0).fit(words.fit_transform(texts))
    vectors = words.idf_[:, None] * found.components_.T
    # Each dimension matters as much as any other.
    vectors /= words.transform(texts).dot(found.components_.T).std(axis=0)
    file = OUT / "vectors.txt"
    with file.open("w", encoding="utf-8") as lines:
        for word, row in zip(words.get_feature_names_out(), vectors, strict=True):
            lines.write(f"{word} {' '.join(f'{value:.5f}' for value in row)}\n")
    shutil.rmtree(MODULE, ignore_errors=True)
    hub.export_text_embedding(file, MODULE, combiner="sqrtn", oov_buckets=0)
    print(f"The module has {len(vectors):,} words of {DIMENSIONS} dimensions.")


if __name__ == "__main__":
    main()
