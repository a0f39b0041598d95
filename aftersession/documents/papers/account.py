# SPDX-License-Identifier: Apache-2.0
"""Who is who on an account for an insurer: scheme, member, patient as on the card, and who treated."""

from django.utils.translation import gettext as _

from aftersession.documents.contexts import CoverageBlock, InvoiceContext
from aftersession.documents.papers import phrases
from aftersession.documents.papers.dates import long_date
from aftersession.documents.papers.shape import Block


def account_blocks(context: InvoiceContext) -> tuple[Block, ...]:
    """Scheme, member, patient and treatment, each value under its own name so that none has to be guessed."""
    coverage = context.coverage
    assert coverage is not None
    blocks = [_payer_block(coverage), _member_block(coverage), _patient_block(context, coverage)]
    if context.session:
        blocks.append(_treatment_block(context, coverage))
    return tuple(blocks)


def _payer_block(coverage: CoverageBlock) -> Block:
    lines = (coverage.plan, *phrases.postal(coverage.payer_address_lines))
    return Block(label=coverage.label, name=coverage.payer, lines=tuple(line for line in lines if line))


def _member_block(coverage: CoverageBlock) -> Block:
    pairs = phrases.filled(
        (_("Membership number"), coverage.member_number),
        (_("Dependant code"), coverage.dependant_code),
        (_("Relationship"), coverage.relationship),
    )
    name = f"{coverage.principal_surname} {coverage.principal_initials}".strip()
    return Block(label=_("Main member"), name=name, pairs=(*pairs, *phrases.pairs(coverage.numbers)))


def _patient_block(context: InvoiceContext, coverage: CoverageBlock) -> Block:
    born_on = coverage.patient_born_on or (context.patient.born_on if context.patient else None)
    given = " ".join(part for part in (coverage.patient_first_name, coverage.patient_initials) if part)
    on_card = ", ".join(part for part in (coverage.patient_surname, given) if part)
    pairs = phrases.filled((_("Born"), long_date(born_on, context.locale) if born_on else ""))
    numbers = phrases.pairs(context.patient.numbers) if context.patient else ()
    fallback = context.patient.name if context.patient else context.recipient.name
    return Block(label=_("Patient, as on the card"), name=on_card or fallback, pairs=(*pairs, *numbers))


def _treatment_block(context: InvoiceContext, coverage: CoverageBlock) -> Block:
    held = context.session
    assert held is not None
    pairs = phrases.filled(
        (_("Date of service"), long_date(held.held_on, context.locale)),
        (_("Authorisation"), coverage.authorisation_number),
        (_("Referred by"), coverage.referral),
        (_("Place"), held.place),
    )
    return Block(
        label=_("Treated by"),
        name=held.practitioner,
        pairs=(*phrases.pairs(held.practitioner_numbers), *pairs),
    )
