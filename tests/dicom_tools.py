"""Programs of others that judge or make DICOM files; tests that need one are skipped without it."""

import shutil
import subprocess
from pathlib import Path

import pytest


def check_with_dciodvfy(path: Path) -> None:
    """No line of dciodvfy (dicom3tools) may say Error."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    found = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    said = found.stdout + found.stderr
    errors = [line for line in said.splitlines() if line.startswith("Error")]
    assert not errors, "\n".join(errors)
    # It names the kind of object it checked; silence would mean that it checked nothing.
    assert said.strip()


def to_jpeg_lossless(path: Path) -> None:
    """Compress a file in place as JPEG Lossless SV1, which no Python package encodes."""
    if shutil.which("dcmcjpeg") is None:
        pytest.skip("dcmcjpeg is not installed: apt-get install dcmtk")
    packed = path.with_suffix(".packed")
    subprocess.run(["dcmcjpeg", "+e1", "+ud", str(path), str(packed)], check=True)
    packed.replace(path)
