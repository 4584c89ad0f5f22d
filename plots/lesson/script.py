"""script = primitives + noise + runtime + formulas + samplers: the lesson's numbers as one text for one <script>.

It defines one global object, `nc`, of pure functions that touch no page. The formulas come from outside, printed from
theory's own functions; what is here is what computes with them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

NUMBERS: Final = Path(__file__).parent / "numbers"
"""The folder of the scripts."""

BEFORE: Final = ("primitives", "noise", "runtime", "search", "rows")
"""What formulas call."""

AFTER: Final = ("two_modes", "text", "laws")
"""What calls formulas, in the order in which one needs the other."""


def numbers_script(formulas: str, *, data: Mapping[str, Any] | None = None) -> str:
    """Return the script that defines `nc`; `formulas` is the script of nc.formulas, `data` becomes nc.data.

    The text holds no "</", so that it can stand inside a script element.
    """
    texts = ['"use strict";\nconst nc = {};\n']
    texts += [_read(name) for name in BEFORE]
    texts += [formulas, f"nc.data = {json.dumps(data, separators=(',', ':'), allow_nan=False)};\n"]
    texts += [_read(name) for name in AFTER]
    return "".join([*texts, "Object.freeze(nc);\n"]).replace("</", "<\\/")


def _read(name: str) -> str:
    return (NUMBERS / f"{name}.js").read_text(encoding="utf-8")
