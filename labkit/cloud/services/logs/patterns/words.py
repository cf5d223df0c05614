"""Patterns of words: which a message has, or has not. Capital letters count.

    ERROR timeout        both                       ?ERROR ?WARN     one of them
    "internal error"     the phrase                 ERROR -timeout   the first, and not the second
    %[45][0-9]{2}%       what a regular expression finds

Words with a question mark count only where all have one. A word may be a part of a longer one.
Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in unstructured log events".
"""

import re

from labkit.cloud.services.logs.patterns.syntax import Matcher, bad_term, regex_of

TERM = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<phrase>(?:\\.|[^"\\])+)"|(?P<word>\S+))')
WORD = re.compile(r"\w+", re.ASCII)


def compile_words(text: str) -> Matcher:
    """The matcher of a pattern of words; an empty one fits every message. InvalidPatternError."""
    if len(text) > 2 and text[0] == text[-1] == "%":
        found = regex_of(text[1:-1])
        return lambda message: {} if found.search(message) else None
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text.rstrip()):
        match = TERM.match(text, at)
        if match is None:
            raise bad_term(text[at:].strip())
        terms[match["sign"]].append(_term(match))
        at = match.end()
    needed, optional, excluded = terms[""], terms["?"], terms["-"]

    def matches(message: str) -> dict[str, str] | None:
        if any(one in message for one in excluded) or not all(one in message for one in needed):
            return None
        alone = bool(optional) and not needed and not excluded
        return None if alone and not any(one in message for one in optional) else {}

    return matches


def _term(match: re.Match[str]) -> str:
    if match["phrase"]:
        return re.sub(r"\\(.)", r"\1", match["phrase"])
    if not WORD.fullmatch(match["word"]):
        raise bad_term(match["word"])
    return match["word"]
