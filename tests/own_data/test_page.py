"""The page that shows each case."""

import re

import pytest

from glioscope.own_data.check import check_set
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.nnunet import nnunet_cases
from glioscope.own_data.page import Tiles, write_page
from own_data_sets import write_nnunet


@pytest.mark.parametrize(("lang", "word"), [("en", "research use only"), ("ru", "Набор данных")])
def test_each_case_has_its_picture_and_nothing_is_fetched(tmp_path, lang, word) -> None:
    import_cases(nnunet_cases(write_nnunet(tmp_path / "nn", range(2))), tmp_path / "s", Labels())
    tiles = Tiles()
    report = check_set(tmp_path / "s", seen=tiles)
    write_page(report, tiles, tmp_path / "look.html", lang)
    page = (tmp_path / "look.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img alt="(case\d)" src="data:image/png;base64,([^"]+)"', page)
    assert [name for name, _ in pictures] == ["case0", "case1"]
    assert pictures[0][1] != pictures[1][1]
    assert word in page and report.sha256 in page
    assert not re.search(r'(src|href)="(?!data:)|<script|url\(', page)
