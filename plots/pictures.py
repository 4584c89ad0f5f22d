"""The README's pictures are the report's figures: `python -m plots.pictures` computes and writes them anew."""

from pathlib import Path
from types import ModuleType
from typing import Final

from plots import readouts, style, text_quality, tradeoff

PICTURES: Final[dict[str, tuple[ModuleType, str]]] = {
    "tradeoff": (tradeoff, "Accuracy, depth and stiffness trade off"),
    "readouts": (readouts, "From image-like to text-like readouts: what few steps cost"),
    "text": (text_quality, "Text by five samplers: quality against calls"),
}
"""Name of the file, what draws it, and its title."""

GALLERY: Final = Path(__file__).parent / "gallery"


def main() -> None:
    """Write every picture into the gallery."""
    for name, (module, title) in PICTURES.items():
        svg = style.to_svg(module.draw(module.compute()), title=title, description=module.DESCRIPTION)
        (GALLERY / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
