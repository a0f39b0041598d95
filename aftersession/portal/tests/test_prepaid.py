# SPDX-License-Identifier: Apache-2.0
"""What the pay page says of what was paid in advance: how much is left, and nothing of what it is for."""

import pytest
from django.test import Client

from aftersession.billing.pricing import LineInput
from aftersession.lib.codes import new_code
from aftersession.payments.links import token_of
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.sell_package import sell_package
from tests.billing import bill_now, billing, give, make_offer
from tests.cast import Cast, coming_appointment
from tests.completion import connect

pytestmark = pytest.mark.usefixtures("frozen_clock", "in_practice")


def pay_page() -> str:
    link = PaymentLink.objects.select_related("share").get()
    answer = Client().get(f"/p/{token_of(link)}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_of_a_package_says_what_is_left(cast: Cast, in_practice: Practice) -> None:
    connect(cast)
    offer = make_offer(cast)
    sell_package(
        offer=offer,
        patient=cast.adult,
        practitioner=cast.provider,
        billing=billing(PaymentType.ONLINE, lines=(LineInput("Package of 10 sessions", offer.price_minor),)),
        finish=Finish(Step.REQUEST_PAYMENT, None, cast.adult.email),
        actor=cast.practitioner,
        key=new_code(),
    )
    give(cast, Package.objects.get())
    page = pay_page()
    assert "9 of 10 sessions are left." in page and "therapy" not in page


def test_a_session_billed_in_advance_is_named_by_its_day_alone(cast: Cast) -> None:
    connect(cast)
    line = LineInput("Couples therapy, 50 min", 950_00)
    bill_now(
        cast,
        coming_appointment(cast),
        Step.REQUEST_PAYMENT,
        payment_type=PaymentType.ONLINE,
        lines=(line,),
    )
    assert "therapy" not in pay_page() and "sessions are left" not in pay_page()
