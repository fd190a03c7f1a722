"""How an installation is registered with the centre.

Apart from the rest, for orders and a node's file hold it: nothing here imports pydicom.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Service(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How an installation is registered: the table `[mosmed]` of a node's file.

    Attributes:
        model_id: number that the centre gave the service.
        direction: what it is for, as the series is called by.
        modality: of the additional series: the source's own, or ASMT.
        guide: where the user's guide is to be found.
    """

    model_id: Annotated[int, Meta(ge=1, le=999_999_999)] = 1
    # With the name before it, it has to fit the 64 characters of a SeriesDescription.
    direction: Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\\]+$")] = (
        "МРТ_ГМ_глиома"
    )
    modality: Literal["ASMT", "source"] = "ASMT"
    guide: Annotated[str, Meta(min_length=1)] = "поставляется с программой, папка docs"

    @property
    def name(self) -> str:
        """The service's name: by it a node tells series of its own from those of a scanner."""
        from glioscope.writing.dicom.elements import MANUFACTURER

        return MANUFACTURER
