# SPDX-License-Identifier: Apache-2.0
"""QR codes drawn here, as SVG: no address of a payment ever goes to a third party to be turned into a picture."""

import segno


def draw_qr(url: str) -> str:
    """An SVG picture of the address, without a fixed size, readable with a seventh of it dirty."""
    svg: str = segno.make(url, error="m", micro=False).svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None)
    return svg
