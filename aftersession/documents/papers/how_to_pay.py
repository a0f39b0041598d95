# SPDX-License-Identifier: Apache-2.0
"""How to pay: the link and its QR code, or the bank account and the reference."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from aftersession.documents.contexts import INSURER_ACCOUNT, BankAccount, InvoiceContext
from aftersession.documents.frozen import BadContext
from aftersession.documents.papers.qr import draw_qr
from aftersession.documents.papers.shape import Pair, Pay


def how_to_pay(context: InvoiceContext, links: Mapping[str, str]) -> Pay | None:
    """The block under the figures, or nothing where nothing is owed or no way to pay is known.

    Raises BadContext when an issued document's link has no address; a draft's stands as a sentence.
    """
    bank = context.practice.bank
    if context.balance_minor <= 0 or not (context.pay_link or bank):
        return None
    url = _address(context, links)
    return pay_block(bank, url, context.pay_reference, sentence=_sentence(context, has_url=bool(url)))


def pay_block(bank: BankAccount | None, url: str, reference: str, *, sentence: str = "") -> Pay | None:
    """The block itself: by link, by transfer, or both. Nothing where there is neither."""
    if not url and bank is None and not sentence:
        return None
    facts = [Pair(label=_("Reference"), value=reference)] if reference else []
    if bank:
        facts.append(Pair(label=_("Account"), value=bank.account_number))
    return Pay(
        title=_("How to pay"),
        sentence=sentence or _usual_sentence(has_url=bool(url), has_bank=bank is not None),
        url=url,
        url_shown=url.removeprefix("https://").removeprefix("http://"),
        qr_svg=draw_qr(url) if url else "",
        qr_alt=_("QR code that opens {address}").format(address=url) if url else "",
        facts=tuple(facts),
        bank_line=", ".join(part for part in (bank.bank, bank.branch, bank.account_name) if part)
        if bank
        else "",
    )


def _address(context: InvoiceContext, links: Mapping[str, str]) -> str:
    if not context.pay_link or context.is_draft:
        return ""
    if context.pay_link not in links:
        raise BadContext("the payment link of this document has no address")
    return links[context.pay_link]


def _sentence(context: InvoiceContext, *, has_url: bool) -> str:
    if context.pay_link and not has_url:
        return _("The payment link and its QR code will stand here once the invoice is issued.")
    if context.kind == INSURER_ACCOUNT:
        return _("Transfer the amount and give the reference exactly, so that we find your payment.")
    return _usual_sentence(has_url=has_url, has_bank=context.practice.bank is not None)


def _usual_sentence(*, has_url: bool, has_bank: bool) -> str:
    """With a link, {link} marks where its address stands."""
    if has_url and has_bank:
        return _(
            "Scan the code, or open {link}. Or transfer the amount and give the reference exactly, "
            "so that we find your payment."
        )
    if has_url:
        return _("Scan the code, or open {link}.")
    return _("Transfer the amount and give the reference exactly. We record it when it arrives.")
