"""Picture files: values survive exactly, and every kind of damage is named."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from glioscope.errors import GlioscopeError, InvalidImage, UnreadableFile
from glioscope.reading.pictures.decode import kind_of, natural_key, read_page, read_pages

RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 65536, (40, 50)).astype(np.uint16)
RGB = RNG.integers(0, 65536, (40, 50, 3)).astype(np.uint16)


def write_png16_rgb(path: Path) -> None:
    """The header and the data of a black colour PNG of 16 bit, after the standard."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 50, 40, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(40 * (1 + 50 * 6)))),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


@pytest.mark.parametrize(
    "pixels",
    [
        GREY,
        GREY.astype(np.uint8),
        GREY.astype(np.int16),
        GREY.astype(np.float32),
        GREY.astype(np.float64),
        RGB,
        RGB.astype(np.uint8),
    ],
    ids=lambda a: f"{a.dtype}-{a.ndim}d",
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_every_value(tmp_path: Path, pixels: np.ndarray, order: str) -> None:
    kind = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric=kind, byteorder=order)
    read = read_page(tmp_path / "a.tif")
    assert read.dtype.newbyteorder("=") == pixels.dtype
    np.testing.assert_array_equal(read, pixels)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(tmp_path: Path, compression: str) -> None:
    pixels = RGB.astype(np.uint8)
    Picture.fromarray(pixels).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_page(tmp_path / "a.tif"), pixels)


def test_lzw_without_imagecodecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: tifffile.TiffPage) -> np.ndarray:
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", missing)
    pixels = RGB.astype(np.uint8)
    Picture.fromarray(pixels).save(tmp_path / "a.tif", compression="tiff_lzw")
    np.testing.assert_array_equal(read_page(tmp_path / "a.tif"), pixels)
    tifffile.imwrite(tmp_path / "b.tif", RGB, photometric="rgb")  # Pillow would halve the bits
    with pytest.raises(UnreadableFile, match="16-bit"):
        read_page(tmp_path / "b.tif")


def test_planar_tiff(tmp_path: Path) -> None:
    planes = np.moveaxis(RGB, -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_page(tmp_path / "a.tif"), RGB)


@pytest.mark.parametrize("pixels", [GREY, GREY.astype(np.uint8), RGB.astype(np.uint8)])
def test_png_keeps_every_value(tmp_path: Path, pixels: np.ndarray) -> None:
    Picture.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_page(tmp_path / "a.png"), pixels)


def test_png_of_16_bit_colour_is_refused_rather_than_halved(tmp_path: Path) -> None:
    write_png16_rgb(tmp_path / "a.png")
    with Picture.open(tmp_path / "a.png") as picture:  # the control: the file itself is sound
        assert np.asarray(picture).shape == (40, 50, 3)
    with pytest.raises(InvalidImage, match="export it as TIFF"):
        read_page(tmp_path / "a.png")


def test_pages_of_a_stack(tmp_path: Path) -> None:
    stack = RNG.integers(0, 255, (5, 40, 50)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack")
    np.testing.assert_array_equal(np.stack(read_pages(tmp_path / "a.tif")), stack)
    with pytest.raises(InvalidImage, match="5 pages"):
        read_page(tmp_path / "a.tif")


def _files(folder: Path) -> list[Path]:
    byte = RGB.astype(np.uint8)
    tifffile.imwrite(folder / "raw.tif", byte, photometric="rgb")
    tifffile.imwrite(folder / "stack.tif", np.stack([byte] * 4), photometric="rgb")
    tifffile.imwrite(folder / "big.tif", byte, photometric="rgb", bigtiff=True)
    Picture.fromarray(byte).save(folder / "lzw.tif", compression="tiff_lzw")
    Picture.fromarray(byte).save(folder / "grey.png")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9])
def test_truncated_files_are_refused(tmp_path: Path, share: float) -> None:
    for path in _files(tmp_path):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(UnreadableFile, match=path.name) as caught:
            read_pages(path)
        assert str(tmp_path) not in str(caught.value)


def test_flipped_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    for path in _files(tmp_path):
        data = path.read_bytes()
        for at in np.linspace(0, min(len(data), 400) - 1, 60).astype(int):
            broken = bytearray(data)
            broken[at] ^= 0xFF
            path.write_bytes(broken)
            try:
                read_pages(path)
            except GlioscopeError as error:
                assert path.name in str(error)


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("no picture")
    with pytest.raises(UnreadableFile, match=r"a\.tif is neither TIFF nor PNG"):
        read_page(tmp_path / "a.tif")
    Picture.fromarray(RGB.astype(np.uint8)).save(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").rename(tmp_path / "b.png")
    with pytest.raises(UnreadableFile, match="neither TIFF nor PNG"):
        read_page(tmp_path / "b.png")
    with pytest.raises(UnreadableFile, match=r"c\.png .*No such file"):
        read_page(tmp_path / "c.png")


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1"])
def test_kinds_that_are_no_mri(tmp_path: Path, name: str, mode: str) -> None:
    Picture.fromarray(RGB.astype(np.uint8)).convert(mode).save(tmp_path / name)
    with pytest.raises(InvalidImage, match=rf"{name}: expected grey or RGB"):
        read_page(tmp_path / name)


def test_inverted_grey_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="miniswhite")
    with pytest.raises(InvalidImage, match="white is zero"):
        read_page(tmp_path / "a.tif")


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
@pytest.mark.parametrize("shape", [(31, 64), (64, 31), (32, 4097)])
def test_sizes_that_are_no_slice(tmp_path: Path, name: str, shape: tuple[int, int]) -> None:
    Picture.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / name)
    with pytest.raises(InvalidImage, match=f"got {shape[1]}×{shape[0]}"):
        read_page(tmp_path / name)


def test_natural_order() -> None:
    names = ["s10", "s2", "s1", "S3", "t1", "s02"]
    assert sorted(names, key=natural_key) == ["s1", "s02", "s2", "S3", "s10", "t1"]


def test_kind_in_words() -> None:
    assert str(kind_of(GREY)) == "grey 16 bit"
    assert str(kind_of(RGB.astype(np.uint8))) == "RGB 8 bit"
    assert str(kind_of(GREY.astype(np.float32))) == "grey 32 bit float"


def test_a_picture_that_stops_in_its_header_is_told_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(UnreadableFile, match=r"\(it ends early\)"):
        read_pages(path)
