# SPDX-License-Identifier: Apache-2.0
"""The partner's hosted page: its own plain look, no script, and no doubt that it is a sandbox."""

from html import escape
from string import Template

from aftersession.integrations.sandbox.partner.books import Row
from aftersession.integrations.sandbox.partner.till import CARDS

WITHOUT_CENTS = ("JPY", "KRW", "UGX", "XAF", "XOF")

STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1d2433; }
* { box-sizing: border-box; }
body { margin: 0; background: #eef0f5; }
.banner { background: #ffd84d; color: #1d2433; padding: .75rem 1rem; text-align: center;
  font-weight: 600; }
main { width: min(26rem, 100% - 2rem); margin: 1.5rem auto; padding: 1.5rem; background: #fff;
  border-radius: .75rem; box-shadow: 0 1px 3px rgb(29 36 51 / 15%); }
h1 { font-size: 1.125rem; margin: 0; }
.amount { font-size: 2rem; font-weight: 700; margin: .25rem 0 1.25rem; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { width: 100%; font: inherit; padding: .625rem .75rem; border: 1px solid #6b7489;
  border-radius: .5rem; }
.error { color: #a3132a; margin: .25rem 0 0; }
button, .button { display: block; width: 100%; font: inherit; font-weight: 600; margin-top: 1rem;
  padding: .75rem; border: 0; border-radius: .5rem; background: #27408b; color: #fff;
  text-align: center; text-decoration: none; cursor: pointer; }
.quiet { background: #fff; color: #27408b; border: 1px solid #27408b; }
:focus-visible { outline: 3px solid #f08a24; outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; margin-top: 1.5rem; font-size: .875rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem; }
th, td { text-align: left; padding: .375rem 0; border-top: 1px solid #d8dce6; }
th { font-weight: 400; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 1rem; }
"""

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title · Sandbox partner</title>
<style>$style</style>
</head>
<body>
<header class="banner">Sandbox partner, no real money</header>
<main>
<h1>$heading</h1>
<p class="amount">$amount</p>
$content
</main>
</body>
</html>
""")

FORM = Template("""<form method="post">
<label for="card">Card number</label>
<input id="card" name="card" inputmode="numeric" autocomplete="off" required value="$card"
  $described>$error
<button type="submit">Pay $amount</button>
</form>
<form method="post" action="/pay/$id/cancel">
<button type="submit" class="quiet">Cancel and go back</button>
</form>
<table>
<caption>Card numbers that do something here</caption>
<tbody>$cards</tbody>
</table>
""")

ENDINGS = {
    "pending": "The payment is on its way. It is not confirmed yet.",
    "succeeded": "The payment succeeded.",
    "failed": "The card was declined. Nothing was paid.",
    "abandoned": "You cancelled. Nothing was paid.",
    "expired": "This page is no longer open for payment.",
}


def payment_page(payment: Row, *, card: str = CARDS[0].number, error: str = "") -> str:
    """The page to pay at, or how the payment ended with a way back."""
    if payment["state"] == "created":
        return _page(payment, "Pay", _form(payment, card, error))
    back = escape(payment["return_url"])
    told = escape(ENDINGS[payment["state"]])
    return _page(payment, "Payment", f'<p>{told}</p><a class="button" href="{back}">Go back</a>')


def plain_page(title: str) -> str:
    """A page with nothing but a sentence, for what does not exist."""
    return PAGE.substitute(title=escape(title), style=STYLE, heading=escape(title), amount="", content="")


def _page(payment: Row, title: str, content: str) -> str:
    return PAGE.substitute(
        title=title,
        style=STYLE,
        heading=escape(payment["description"]),
        amount=format_amount(payment["amount"], payment["currency"]),
        content=content,
    )


def _form(payment: Row, card: str, error: str) -> str:
    told = f'<p class="error" id="card-error">{escape(error)}</p>' if error else ""
    return FORM.substitute(
        id=escape(payment["id"]),
        card=escape(card),
        described='aria-invalid="true" aria-describedby="card-error"' if error else "",
        error=told,
        amount=format_amount(payment["amount"], payment["currency"]),
        cards="".join(f'<tr><th scope="row">{card.number}</th><td>{card.does}</td></tr>' for card in CARDS),
    )


def format_amount(minor: int, currency: str) -> str:
    """An amount as the partner writes it: the code, thousands apart, a decimal point."""
    if currency in WITHOUT_CENTS:
        return f"{currency} {minor:,}"
    return f"{currency} {minor // 100:,}.{minor % 100:02d}"
