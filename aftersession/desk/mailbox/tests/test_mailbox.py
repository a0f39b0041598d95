# SPDX-License-Identifier: Apache-2.0
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from aftersession.desk.urls import urlpatterns as desk_patterns
from config.policy import DEMO_ROUTES, POLICY
from config.urls import urlpatterns as product_patterns
from tests.cast import Cast, signed_in

NAME = "1795527592000000000-0a1b2c3d"

demo_patterns = [*desk_patterns, path("", include("aftersession.desk.mailbox.urls"))]
urlpatterns = [path("", include((demo_patterns, "desk"))), *product_patterns]


@pytest.fixture
def demo(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cast: Cast) -> Client:
    settings.DEMO, settings.DATA_DIR, settings.ROOT_URLCONF = True, tmp_path, __name__
    for name, policy in DEMO_ROUTES.items():
        monkeypatch.setitem(POLICY, name, policy)
    return signed_in(cast.owner)


def put(name: str = NAME, body: str = "Hello", subject: str = "Invoice INV-000001") -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Parker <no-reply@x.example>", "naledi@example.com"
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0000"
    mail.set_content(body)
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="INV-000001.pdf")
    mail.add_attachment("<script>alert(1)</script>", subtype="html", filename="page.html")
    folder = Path(django_settings.DATA_DIR) / "mail"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.eml").write_bytes(mail.as_bytes())


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_is_empty_before_anything_was_sent(demo: Client) -> None:
    assert "Nothing has arrived" in read(demo, "/demo/mailbox/")


def test_a_mail_can_be_read_and_its_pay_link_followed(demo: Client) -> None:
    put(body="Pay here:\nhttp://localhost:8123/p/abcdefghijklmnopqrstuv\nThank you")
    assert f"/demo/mailbox/{NAME}/" in read(demo, "/demo/mailbox/")
    html = read(demo, f"/demo/mailbox/{NAME}/")
    assert '<a href="/p/abcdefghijklmnopqrstuv">http://localhost:8123/p/abcdefghijklmnopqrstuv</a>' in html
    assert "Thank you" in html


def test_what_a_mail_brings_is_never_run(demo: Client) -> None:
    put(body="<script>alert(1)</script> http://evil.example/p/x", subject="<img src=x>")
    html = read(demo, f"/demo/mailbox/{NAME}/")
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert 'href="http://evil' not in html
    paper = demo.get(f"/demo/mailbox/{NAME}/2/")
    assert paper.headers["Content-Type"] == "application/octet-stream"
    assert paper.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in paper.headers["Content-Security-Policy"]


def test_an_attachment_has_the_bytes_that_were_sent(demo: Client) -> None:
    put()
    assert demo.get(f"/demo/mailbox/{NAME}/1/").content == b"%PDF-1.7"
    assert demo.get(f"/demo/mailbox/{NAME}/9/").status_code == 404


@pytest.mark.parametrize("name", ["0000000000-00000000", "x", "..", "secret"])
def test_only_mails_are_read(demo: Client, name: str) -> None:
    put()
    (Path(django_settings.DATA_DIR) / "mail" / "secret.eml").write_text("Subject: x\n\nx")
    assert demo.get(f"/demo/mailbox/{name}/").status_code == 404


def test_long_boxes_are_paged(demo: Client) -> None:
    names = [f"17955275920000000{number:02}-0a1b2c3d" for number in range(30)]
    for name in names:
        put(name)
    first = read(demo, "/demo/mailbox/")
    assert names[-1] in first
    assert names[4] not in first
    assert names[4] in read(demo, f"/demo/mailbox/?after={names[5]}")


def test_it_does_not_exist_outside_the_demo(demo: Client, settings: Settings) -> None:
    put()
    settings.DEMO = False
    assert demo.get("/demo/mailbox/").status_code == 404
    assert demo.get(f"/demo/mailbox/{NAME}/").status_code == 404
