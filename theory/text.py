"""tokens = (k_1, ..., k_N) in {0..V-1}: a text as a sequence over a small alphabet, the same on every machine.

Characters are casefolded letters, and one space for any run of all else; words are runs of letters, the most frequent
ones by name and the rest as `<other>`. Nothing of the text is kept but its tokens and the SHA-256 of its bytes.
Source: theory/LAWS.md, section 10.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from theory.errors import UsageError, fraction, one_of, whole

UNITS: Final = ("characters", "words")
"""What a token can be."""

MOST_SYMBOLS: Final = 256
"""The most symbols of an alphabet: with more, a table of pairs would be emptier than a text can fill."""

OTHER: Final = "<other>"
SPACE: Final = " "

PROSE: Final = "the English prose inside CPython (pydoc_data.topics)"
"""The text that is taken where no file is given. It differs between versions of Python."""

_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@final
@dataclass(frozen=True)
class Text:
    """A tokenised text: `tokens`, shape (N,), are indices into `symbols`; `sha256` is of the bytes read."""

    source: str
    sha256: str
    unit: str
    symbols: tuple[str, ...]
    tokens: npt.NDArray[np.int64]

    def spell(self, tokens: Any) -> str:
        """Return a sequence of tokens as a reader sees it."""
        return spell(self.symbols, tokens)


def spell(symbols: tuple[str, ...], tokens: Any) -> str:
    """Return tokens as text: characters side by side, words with spaces between them.

    >>> spell((" ", "a", "b"), [1, 2, 0, 1]), spell(("<other>", "the"), [1, 0])
    ('ab a', 'the <other>')
    """
    return ("" if max(map(len, symbols)) == 1 else " ").join(symbols[int(k)] for k in tokens)


def _decoded(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            "The text is not UTF-8.",
            expected="a plain text file in UTF-8",
            received=f"{source}, whose byte {error.start} does not decode",
            hint="Is it an archive, an office document, or text in an older encoding?",
        ) from None
    if "\0" in text:
        raise UsageError(
            "The text is binary.",
            expected="a plain text file",
            received=f"{source}, which holds NUL characters",
            hint="Is it an array, a program or an image rather than prose?",
        )
    return text


def read_bytes(path: str) -> bytes:
    """Return the bytes of a file; UsageError if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            "The text cannot be read.",
            expected="text=FILE, a plain text file that exists",
            received=f"{path} ({error.strerror})",
            hint="Is the path relative to another folder?",
        ) from None


def _characters(text: str, most: int, rare: float) -> list[str]:
    """Return the characters. A letter rarer than `rare`, or beyond the `most - 1` most frequent, counts as space."""
    clean = _NOT_LETTERS.sub(SPACE, text.casefold()).strip()
    counts = Counter(clean)
    del counts[SPACE]
    kept = sorted(counts, key=lambda c: (-counts[c], c))[: most - 1]
    known = {c for c in kept if counts[c] >= rare * len(clean)}
    return list(re.sub(f"{SPACE}+", SPACE, "".join(c if c in known else SPACE for c in clean)).strip())


def _words(text: str, most: int) -> list[str]:
    """Return the words, those beyond the `most - 1` most frequent as OTHER."""
    words = _WORD.findall(text.casefold())
    counts = Counter(words)
    known = set(sorted(counts, key=lambda w: (-counts[w], w))[: most - 1])
    return [word if word in known else OTHER for word in words]


def tokenised(
    data: bytes, *, source: str = "text", unit: str = "characters", vocabulary: Any = MOST_SYMBOLS, rare: Any = 1e-4
) -> Text:
    """Return the tokens of a text in UTF-8, its alphabet in the order of the letters (OTHER or space first).

    `vocabulary` is the largest number of symbols; characters rarer than the share `rare` become spaces. Raises
    UsageError for a text that is binary, empty, or has fewer than two symbols.

    >>> text = tokenised(b"Abba, abba!")
    >>> text.symbols, text.spell(text.tokens)
    ((' ', 'a', 'b'), 'abba abba')
    """
    one_of("unit", unit, UNITS)
    most = whole("vocabulary", vocabulary, low=2, high=MOST_SYMBOLS, hint="Is it the length of the text?")
    share = float(fraction("rare", rare))
    text = _decoded(data, source)
    pieces = _characters(text, most, share) if unit == "characters" else _words(text, most)
    symbols = tuple(sorted(set(pieces), key=lambda s: (s not in (SPACE, OTHER), s)))
    if len(symbols) < 2:
        raise UsageError(
            f"The text has {'one symbol only' if symbols else f'no {unit}'}.",
            expected=f"at least two different {unit}",
            received=f"{source}, {len(data)} bytes" + (f", all {symbols[0]!r}" if symbols else ""),
            hint="Is the file empty, or written in signs that are not letters?",
        )
    index = {symbol: i for i, symbol in enumerate(symbols)}
    tokens = np.array([index[piece] for piece in pieces], dtype=np.int64)
    return Text(source, hashlib.sha256(data).hexdigest(), unit, symbols, tokens)


def text_named(path: str | None = None, *, unit: str = "characters", vocabulary: Any = MOST_SYMBOLS) -> Text:
    """Return the text in a file, or, without one, the English prose that ships inside CPython.

    Raises UsageError for a file that cannot be read, is binary, empty, or has fewer than two symbols.
    """
    if path is not None:
        return tokenised(read_bytes(path), source=path, unit=unit, vocabulary=vocabulary)
    from pydoc_data.topics import topics  # 0.7 MB of text, wanted only here

    prose = "\n".join(topics[name] for name in sorted(topics))
    return tokenised(prose.encode(), source=PROSE, unit=unit, vocabulary=vocabulary)
