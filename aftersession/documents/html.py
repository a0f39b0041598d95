# SPDX-License-Identifier: Apache-2.0
"""The same paper as a piece of a page: for drafts, and for reading an invoice without opening a file."""

from collections.abc import Mapping

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from aftersession.documents.freezing import Context
from aftersession.documents.papers.present import present


def render_html(context: Context, links: Mapping[str, str]) -> SafeString:
    """An `<article class="paper">` saying what the PDF says, every value escaped.

    Raises BadContext for an issued document whose payment link `links` does not know.
    """
    paper = present(context, links)
    pay = paper.pay
    before, _, after = pay.sentence.partition("{link}") if pay else ("", "", "")
    return render_to_string(
        "documents/paper.html",
        {
            "paper": paper,
            "rows": [list(zip(paper.columns, row, strict=True)) for row in paper.rows],
            "label_span": len(paper.columns) - 2,
            "pay_before": before,
            "pay_after": after,
            # Drawn by draw_qr alone: squares, no text from anybody.
            "qr": mark_safe(pay.qr_svg) if pay else "",
        },
    )
