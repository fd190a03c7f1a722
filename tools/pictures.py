"""Make the pictures of the README again, from `glioscope demo`: `make pictures`.

They show the phantom, which is made by code. No picture of a patient may come to lie beside them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tools.imports import ROOT

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 300_000
# Wide enough to read on a screen. An octree keeps rare colours apart: a palette by median cut made
# the few orange pixels of "worth a second look" as red as those of "called tumour".
WIDTH, COLOURS = 1000, 256


def main() -> None:
    """Run the demo in English and store its overview and the first page of its report."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        demo = [sys.executable, "-m", "glioscope", "demo", "-o", name, "--lang", "en", "--quiet"]
        subprocess.run(demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with Image.open(next(out.rglob("overview.png"))) as picture:
            _store(picture, FOLDER / "overview.png")
        _store(_first_page(next(out.rglob("report.pdf"))), FOLDER / "report-page.png")


def _first_page(path: Path) -> Image.Image:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return document[0].render(scale=2).to_pil()


def _store(picture: Image.Image, path: Path) -> None:
    """Write `picture` at most `WIDTH` wide in `COLOURS` colours.

    Raises:
        ValueError: it is larger than a repository should carry.
    """
    small = picture.convert("RGB")
    small.thumbnail((WIDTH, 4 * WIDTH))
    small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name}: expected at most {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
