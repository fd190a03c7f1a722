"""Each pixel of an outline has its most likely class, and each class its code."""

import numpy as np
from pydicom.sr.codedict import codes

from glioscope.findings.classes import concept_of, likeliest
from glioscope.model.preprocess import Window

# Twice as fine as the network, and wider than its square by a pixel of it on each side.
WINDOW = Window((12, 12), 4, (0.5, 0.5))


def test_the_likeliest_class_of_each_pixel_on_the_wanted_pictures() -> None:
    shares = np.zeros((3, 4, 4, 2), np.uint8)
    shares[..., :2, 0] = 255
    shares[..., 2:, 1] = 255
    found = likeliest(shares, WINDOW, np.array([True, False, True]))
    assert not found[1].any()
    # The square reaches from column 2 to 10, and its halves meet in the middle.
    assert (found[0][:, 2:6] == 1)[2:10].all() and (found[0][:, 6:10] == 2)[2:10].all()
    assert np.array_equal(found[0], found[2])


def test_no_pixel_is_left_without_a_class() -> None:
    shares = np.full((1, 4, 4, 3), 85, np.uint8)
    assert (likeliest(shares, WINDOW, np.array([True])) == 1).all()


def test_lesions_of_the_brain_have_the_codes_of_dicom() -> None:
    known = {
        "edema": codes.SCT.Edema,
        "Necrotic_core": codes.SCT.Necrosis,
        "enhancing tumor": codes.NCIt.EnhancingLesion,
        "Non-enhancing": codes.NCIt.NonEnhancingLesion,
    }
    for name, code in known.items():
        assert concept_of(name) == (code.value, code.scheme_designator, code.meaning), name


def test_other_names_have_codes_of_our_own_that_follow_from_them() -> None:
    one, other = concept_of("solid part"), concept_of("Solid_Part")
    assert one.scheme == "99GLIOSCOPE" and one.meaning == "solid part" and len(one.value) <= 16
    assert one.value == other.value != concept_of("cyst").value
