# SPDX-License-Identifier: Apache-2.0
"""QR codes drawn here, as SVG: no address of a payment ever goes to a third party to be turned into a picture."""

import segno


def draw_qr(url: str) -> str:
    """An SVG picture of the address, without a fixed size, readable with a seventh of it dirty."""
    # Trying all eight masks for the prettiest costs more than the rest of the page; readers do not mind.
    code = segno.make(url, error="m", micro=False, mask=2)
    svg: str = code.svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None)
    return svg
