"""Several PDFs as one, page after page."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from threading import Lock

import pypdfium2

# PDFium is not to be used by two threads at once.
_one_at_a_time = Lock()


def joined(parts: Iterable[bytes]) -> bytes:
    """The pages of all parts in their order. The whole is a plain PDF; each part stays what it
    is on record: a print-out of its own, with its own hash."""
    with _one_at_a_time:
        whole = pypdfium2.PdfDocument.new()
        for part in parts:
            one = pypdfium2.PdfDocument(part)
            whole.import_pages(one)
            one.close()
        out = BytesIO()
        whole.save(out)
        whole.close()
    return out.getvalue()
