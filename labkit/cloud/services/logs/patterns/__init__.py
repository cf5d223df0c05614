"""Filter patterns: three small languages, told apart by how a pattern begins.

    ERROR -timeout                      words of a message
    { $.status >= 500 && $.path = /* }  properties of a message that is JSON
    [ip, ..., status = 5*, bytes]       fields of a message, with spaces between them

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter
log events, and Live Tail".
"""

from labkit.cloud.services.logs.patterns.fields import compile_fields
from labkit.cloud.services.logs.patterns.properties import compile_properties
from labkit.cloud.services.logs.patterns.syntax import InvalidPatternError, Matcher
from labkit.cloud.services.logs.patterns.words import compile_words

__all__ = ["InvalidPatternError", "Matcher", "compile_pattern"]


def compile_pattern(pattern: str) -> Matcher:
    """The function that holds a message against a pattern.

    It returns the values that the pattern names, which may be none, or None if the message doesn't match.

    Raises:
        InvalidPatternError: it is no pattern; the message is AWS's sentence.
    """
    text = pattern.strip()
    for opening, closing, compiled in (("{", "}", compile_properties), ("[", "]", compile_fields)):
        if text.startswith(opening):
            if not text.endswith(closing) or len(text) == 1:
                raise InvalidPatternError(
                    f"If a filter pattern starts with '{opening}' it must end with '{closing}'"
                )
            return compiled(text[1:-1])
    return compile_words(text)
