"""How well models fit what somebody looks for: words, synonyms, typing errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from .tables import Model, models, versions

_WORD = re.compile(r"[a-z0-9]+")
_PATH, _FACT = 3.0, 2.0  # what a word counts in a path, and in the other columns
_BEGINS, _NEAR = 0.7, 0.6  # where it only begins a word there, or has a typing error
_WHOLE = 6.0  # what the likeness of the whole query and the path counts
_LEAST = 0.45  # likeness of a path from which it counts as found
_LONG = 4  # letters from which a word may have a typing error

# What people say, and what the table says.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "audio": ("audio", "speech", "sound"),
    "captioning": ("text", "image"),
    "classifier": ("classification", "classifier"),
    "classify": ("classification",),
    "detector": ("detection",),
    "embed": ("embedding", "encoder"),
    "embeddings": ("embedding", "encoder"),
    "encoder": ("encoder", "embedding"),
    "feature": ("feature", "vector"),
    "features": ("feature", "vector"),
    "gan": ("gan", "generator"),
    "generation": ("generator", "generation"),
    "images": ("image", "images"),
    "objects": ("object",),
    "photo": ("image",),
    "picture": ("image",),
    "pictures": ("image",),
    "pose": ("pose",),
    "qa": ("qa", "question", "answering"),
    "segment": ("segmentation",),
    "sentence": ("sentence", "text"),
    "sentences": ("sentence", "text"),
    "sound": ("audio", "sound"),
    "speech": ("speech", "stt", "audio"),
    "texts": ("text",),
    "upscaling": ("super", "resolution"),
    "use": ("use", "universal", "sentence", "encoder"),
    "videos": ("video",),
    "word": ("word", "text"),
    "words": ("word", "text"),
}
LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "catalan": "ca",
    "chinese": "zh", "croatian": "hr", "czech": "cs", "danish": "da", "dutch": "nl",
    "english": "en", "estonian": "et", "farsi": "fa", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko",
    "latvian": "lv", "lithuanian": "lt", "malay": "ms", "norwegian": "no",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "serbian": "sr", "slovak": "sk", "slovenian": "sl",
    "spanish": "es", "swedish": "sv", "tamil": "ta", "telugu": "te", "thai": "th",
    "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip
_NOISE = {"a", "an", "and", "for", "in", "model", "models", "of", "the", "to", "with"}


def best(query: str, allowed: Callable[[Model], bool], most: int) -> list[Model]:
    """The models that fit a query best, each in its newest version.

    A version that the query names is taken instead. Without a query all fit alike.

    Args:
      query: Words, or a path or a part of one.
      allowed: Whether a model is looked for at all.
      most: How many.
    """
    query = query.strip().lower().removeprefix("https://tfhub.dev/")
    weights, grams = _weights(query), _grams(query)
    last = query.rpartition("/")[2]
    wanted = int(last) if last.isdecimal() and len(last) < 4 else None
    found = []
    for name, (newest, *older) in versions().items():
        fits = [each for each in (newest, *older) if allowed(each)]
        if not fits:
            continue
        score = _score(newest, weights, grams) if query else 1.0
        if score > 0:
            chosen = next((each for each in fits if each.version == wanted), fits[0])
            found.append((-score, chosen.format != "saved_model_2", name, chosen))
    found.sort(key=lambda each: each[:3])
    return [each[3] for each in found[:most]]


def near(path: str, most: int) -> list[str]:
    """The paths that come nearest to one that there is not, nearest first."""
    grams = _grams(path.lower())
    likeness = ((_likeness(grams, other), other) for other in models())
    near = sorted((-like, other) for like, other in likeness if like > _LEAST)
    return [other for _, other in near[:most]]


def _score(
    model: Model, weights: list[Mapping[str, float]], grams: frozenset[str]
) -> float:
    in_path, in_facts = _words_of(model)
    total = found = 0.0
    for weight in weights:
        path = max((weight[each] for each in in_path if each in weight), default=0.0)
        fact = max((weight[each] for each in in_facts if each in weight), default=0.0)
        total += max(_PATH * path, _FACT * fact)
        found += bool(path or fact)
    like = _likeness(grams, model.path)
    if weights and found < len(weights) / 2 and like < _LEAST:
        return 0.0
    asked = max(len(weights), 1)
    return total / asked * (found / asked) + _WHOLE * like


@lru_cache(maxsize=4096)
def _words_of(model: Model) -> tuple[frozenset[str], frozenset[str]]:
    facts = (model.task, model.architecture, model.dataset, model.language)
    in_facts = set(_WORD.findall(" ".join(facts).lower()))
    return frozenset(_WORD.findall(model.name.lower())), frozenset(in_facts)


def _weights(query: str) -> list[Mapping[str, float]]:
    """For each word of a query: how much each word of the table is worth."""
    asked = [word for word in _WORD.findall(query) if word not in _NOISE]
    if len(asked) > 1 and asked[-1].isdecimal() and "/" in query:
        asked.pop()  # a version
    known = _vocabulary()
    return [_worth(word, known) for word in asked[:20]]


def _worth(word: str, known: Iterable[str]) -> Mapping[str, float]:
    exact = {word, *_SYNONYMS.get(word, ())}
    if word in LANGUAGES:
        exact.add(LANGUAGES[word])
    worth = {each: 1.0 if each == word else 0.9 for each in exact}
    if not any(each in known for each in exact):
        for each in known:
            if len(word) >= _LONG and is_near(word, each):
                worth[each] = _NEAR
    if len(word) >= 3:
        for each in known:
            if each.startswith(word) and each not in worth:
                worth[each] = _BEGINS
    return worth


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    found: set[str] = set()
    for newest, *_ in versions().values():
        in_path, in_facts = _words_of(newest)
        found |= in_path | in_facts
    return frozenset(found)


def is_near(one: str, other: str) -> bool:
    """Whether two words differ by one typing error.

    A letter that is another, left out, there twice, or two that changed places.
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    short, long = sorted((one, other), key=len)
    at = next(
        (i for i, letter in enumerate(short) if letter != long[i]), len(short)
    )  # fmt: skip
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2][::-1] == long[at : at + 2]
    return short[at + 1 :] == long[at + 1 :] or (
        swapped and short[at + 2 :] == long[at + 2 :]
    )


@lru_cache(maxsize=8192)
def _grams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def _likeness(grams: frozenset[str], path: str) -> float:
    """How many groups of three letters a text and a path share, from 0 to 1."""
    name = path.lower()
    other = _grams(name)
    common = len(grams & other)
    return 2 * common / (len(grams) + len(other)) if common else 0.0
