"""A code to scan, drawn on the server as one path of an SVG element."""

from __future__ import annotations

import qrcode

QUIET = 4  # modules of empty border, as the standard asks


def qr_svg(text: str) -> str:
    """Return the text as an SVG element without style, script or outside reference."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    side = len(rows)
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" aria-hidden="true" focusable="false"'
        ' shape-rendering="crispEdges">'
        f'<rect class="paper" width="{side}" height="{side}"/><path class="ink" d="{path}"/></svg>'
    )
