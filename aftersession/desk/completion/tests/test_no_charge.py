# SPDX-License-Identifier: Apache-2.0
import pytest
from django.test import Client

from aftersession.encounters.models import Encounter, EncounterDiagnosis
from tests.cast import Cast, coming_appointment, ended_appointment
from tests.completion import open_form

pytestmark = pytest.mark.usefixtures("frozen_clock", "connected")


def test_the_form_leads_to_it_and_the_page_tells_what_was_done(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    page = open_form(desk, appointment)
    path = f"{page.path}no-charge/"
    assert path in page.text
    page.step("refresh", diagnosis=["F41.1"])
    done = desk.post(path, {"key": "k1", "reason": "First talk"}, follow=True)
    assert done.redirect_chain == [(f"/appointments/{appointment.code}/completed/", 302)]
    assert "at no charge" in done.content.decode() and "First talk" in done.content.decode()
    assert EncounterDiagnosis.objects.get().diagnosis_code == "F41.1"


def test_list_and_appointment_page_show_the_reason(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    desk.post(
        f"/appointments/{appointment.code}/completion/no-charge/", {"key": "k1", "reason": "First talk"}
    )
    completed = desk.get("/appointments/", {"tab": "completed"}).content.decode()
    assert "No charge: First talk" in completed and "R\u00a0950.00" not in completed
    assert "First talk" in desk.get(f"/appointments/{appointment.code}/").content.decode()


def test_without_a_reason_it_asks_again(desk: Client, cast: Cast) -> None:
    path = f"/appointments/{ended_appointment(cast).code}/completion/no-charge/"
    answer = desk.post(path, {"key": "k1", "reason": " "})
    assert answer.status_code == 422 and "Say why nothing is charged." in answer.content.decode()
    assert not Encounter.objects.exists()


def test_what_has_not_begun_is_told_calmly(desk: Client, cast: Cast) -> None:
    path = f"/appointments/{coming_appointment(cast).code}/completion/no-charge/"
    assert "has not begun" in desk.get(path).content.decode()
    assert desk.post(path, {"key": "k1", "reason": "First talk"}).status_code == 409


def test_undo_leads_back_to_the_form(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    base = f"/appointments/{appointment.code}/completion/"
    desk.post(f"{base}no-charge/", {"key": "k1", "reason": "First talk"})
    answer = desk.post(f"{base}undo/", {"key": "k2"})
    assert answer["Location"] == base and desk.get(base).status_code == 200
