"""From a browser's form to the answers of a form: our own fields aside."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

# Fields of the page itself, never of the form drawn in it.
OURS = frozenset({"csrf_token", "_by", "_why", "_words", "_once"})

MOST_ONCE = 64


def given(form: MultiDict[str, str]) -> dict[str, object]:
    """The posted fields: a name sent once is a text, one sent often a list."""
    return {
        name: values[0] if len(values) == 1 else values
        for name, values in form.to_dict(flat=False).items()
        if name not in OURS
    }
