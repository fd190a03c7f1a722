"""Programs of others that judge or make DICOM files; tests that need one are skipped without it."""

import shutil
import subprocess
from pathlib import Path

import pytest

_OF_LENGTHS = ("Length invalid for this VR", "contains invalid data values for Value Rep")


def check_with_dciodvfy(path: Path, *, long_words: bool = False) -> None:
    """No line of dciodvfy (dicom3tools) may say Error.

    It counts bytes where the standard counts characters: with `long_words` lengths are passed over.
    """
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    found = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    said = found.stdout + found.stderr
    errors = [line for line in said.splitlines() if line.startswith("Error")]
    if long_words:
        errors = [line for line in errors if not any(word in line for word in _OF_LENGTHS)]
    assert not errors, "\n".join(errors)
    # It names the kind of object it checked; silence would mean that it checked nothing.
    assert said.strip()


def to_jpeg_lossless(path: Path, first_order: bool = True) -> None:
    """Compress a file in place as lossless JPEG: SV1, or with a predictor of the encoder's choice.

    dcmcjpeg where it is installed, so that the decoder is not judged by its own encoder; else GDCM.
    """
    packed = path.with_suffix(".packed")
    if shutil.which("dcmcjpeg") is None:
        _with_gdcm(path, packed, first_order)
    else:
        how = "+e1" if first_order else "+el"
        subprocess.run(["dcmcjpeg", how, "+ud", str(path), str(packed)], check=True)
    packed.replace(path)


def _with_gdcm(path: Path, packed: Path, first_order: bool) -> None:
    import gdcm

    kind = gdcm.TransferSyntax
    syntax = kind.JPEGLosslessProcess14_1 if first_order else kind.JPEGLosslessProcess14
    reader, change, writer = (
        gdcm.ImageReader(),
        gdcm.ImageChangeTransferSyntax(),
        gdcm.ImageWriter(),
    )
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(packed))
    assert writer.Write()
