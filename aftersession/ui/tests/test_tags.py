# SPDX-License-Identifier: Apache-2.0
import re
from typing import Any

from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from aftersession.lib.money import Money


class Sample(forms.Form):
    number = forms.RegexField(r"^[0-9]{9}$", label="Member number", help_text="On the card.")
    amount = forms.CharField(required=False)
    method = forms.ChoiceField(choices=[("cash", "Cash")], widget=forms.RadioSelect)
    agrees = forms.BooleanField(label="E-mail a receipt", required=False)


def draw(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context({"practice_locale": "en_ZA", **context}))


def test_a_refused_field_keeps_what_was_typed_and_says_why_beside_it() -> None:
    html = draw("{% field form.number %}", form=Sample({"number": '014 "88"'}))
    assert 'value="014 &quot;88&quot;"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert 'id="id_number_helptext"' in html
    assert 'id="id_number_error"' in html


def test_an_optional_field_says_so_and_an_amount_shows_its_currency() -> None:
    assert "optional" in draw("{% field form.amount %}", form=Sample())
    html = draw('{% field form.amount currency="ZAR" %}', form=Sample())
    assert 'aria-hidden="true">R</i>' in html
    assert 'inputmode="decimal"' in html


def test_radio_buttons_are_a_group_with_a_name() -> None:
    html = draw("{% field form.method %}", form=Sample({"method": "cash"}))
    assert "<legend>Method</legend>" in html
    assert re.search(r'<input class="radio" type="radio" name="method" value="cash" id="\w+" checked>', html)


def test_a_form_tells_all_that_it_refuses_with_links() -> None:
    html = draw("{% form_errors form %}", form=Sample({}))
    assert html.count("<li>") == 2
    assert 'href="#id_number"' in html
    assert draw("{% form_errors form %}", form=Sample({"number": "1" * 9, "method": "cash"})).strip() == ""


def test_a_form_shown_again_keeps_its_key_and_a_new_one_gets_its_own() -> None:
    posted = RequestFactory().post("/", {"key": "abc"})
    assert 'value="abc"' in draw("{% command_key %}", request=posted)
    fresh = RequestFactory().get("/", {"key": "abc"})
    keys = {draw("{% command_key %}", request=fresh) for _ in range(2)}
    assert len(keys) == 2


def test_an_amount_follows_the_practice_and_none_is_said_so() -> None:
    shown = draw("{% money amount %}", amount=Money(123456789, "ZAR"), practice_locale="en_GB")
    assert shown.endswith("1,234,567.89")
    assert draw('{% money amount empty="none" %}', amount=None) == "none"


def test_an_icon_is_decoration_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "mail" %}')
    assert 'role="img" aria-label="Sent"' in draw('{% icon "mail" label="Sent" %}')
