"""An MR series as one enhanced multi-frame instance (PS3.3, A.36)."""

from pydicom import Dataset

from glioscope.writing.dicom.elements import MANUFACTURER, NO_DATE, NO_TIME, code, item, uid_of
from glioscope.writing.mr.series import Planes, add_pixels, series_header
from scanner_tags import ScannerTags

_ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"
_STACK_ID, _IN_STACK = 0x00209056, 0x00209057
_FRAME_CONTENT = 0x00209111


def enhanced_dataset(planes: Planes, tags: ScannerTags) -> Dataset:
    """The whole series, little endian; frames stand in the order of the slices."""
    dataset = series_header(planes, tags, _ENHANCED)
    dataset.SpecificCharacterSet = tags.charset
    dataset.SOPInstanceUID = uid_of(tags.series_uid, "instance")
    dataset.InstanceNumber = 1
    dataset.NumberOfFrames = len(planes.stored)
    dataset.ManufacturerModelName = MANUFACTURER
    dataset.DeviceSerialNumber = "none"
    dataset.ContentDate, dataset.ContentTime = tags.date or NO_DATE, NO_TIME
    dataset.AcquisitionContextSequence = []
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "NO", "00"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.ImageType = [*tags.image_type, "VOLUME", "NONE"]
    dataset.ContentQualification = "RESEARCH"
    dataset.ApplicableSafetyStandardAgency = "IEC"
    _describe(dataset, tags)
    _add_dimensions(dataset, tags)
    if tags.contrast_agent is not None:
        dataset.ContrastBolusAgentSequence = [_agent(tags.contrast_agent)]
    dataset.SharedFunctionalGroupsSequence = [_shared(planes, tags)]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame(planes, index) for index in range(len(planes.stored))
    ]
    add_pixels(dataset, planes.stored)
    return dataset


def _describe(target: Dataset, tags: ScannerTags) -> None:
    """What the values are (the common CT/MR and MR image description macros)."""
    target.PixelPresentation = "MONOCHROME"
    target.VolumetricProperties = "VOLUME"
    target.VolumeBasedCalculationTechnique = "NONE"
    target.ComplexImageComponent = "MAGNITUDE"
    inverted = tags.inversion_ms is not None
    target.AcquisitionContrast = "FLUID_ATTENUATED" if inverted else "UNKNOWN"


def _add_dimensions(dataset: Dataset, tags: ScannerTags) -> None:
    organisation = uid_of(tags.series_uid, "dimensions")
    dataset.DimensionOrganizationType = "3D"
    dataset.DimensionOrganizationSequence = [item(DimensionOrganizationUID=organisation)]
    dataset.DimensionIndexSequence = [
        item(
            DimensionOrganizationUID=organisation,
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=_FRAME_CONTENT,
        )
        for pointer in (_STACK_ID, _IN_STACK)
    ]


def _agent(name: str) -> Dataset:
    agent = code("7140000", "SCT", "Contrast agent")
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAgent = name
    agent.ContrastBolusVolume = agent.ContrastBolusIngredientConcentration = None
    route = code("47625008", "SCT", "Intravenous route")
    agent.ContrastBolusAdministrationRouteSequence = [route]
    agent.ContrastBolusIngredientCodeSequence = [code("58281002", "SCT", "Gadolinium")]
    return agent


def _shared(planes: Planes, tags: ScannerTags) -> Dataset:
    between, row, column = planes.spacing_mm
    measures = item(
        PixelSpacing=[row, column], SliceThickness=between, SpacingBetweenSlices=between
    )
    brain = item(AnatomicRegionSequence=[code("12738006", "SCT", "Brain")], FrameLaterality="U")
    kind = item(FrameType=[*tags.image_type, "VOLUME", "NONE"])
    _describe(kind, tags)
    values = item(RescaleIntercept=planes.intercept, RescaleSlope=planes.slope, RescaleType="US")
    shared = item(
        PixelMeasuresSequence=[measures],
        PlaneOrientationSequence=[item(ImageOrientationPatient=planes.orientation)],
        FrameAnatomySequence=[brain],
        PixelValueTransformationSequence=[values],
        MRImageFrameTypeSequence=[kind],
    )
    _add_physics(shared, tags)
    return shared


def _add_physics(shared: Dataset, tags: ScannerTags) -> None:
    """Timing and contrast, as far as they are known."""
    if tags.repetition_ms is not None:
        shared.MRTimingAndRelatedParametersSequence = [_timing(tags.repetition_ms)]
    if tags.echo_ms is not None:
        shared.MREchoSequence = [item(EffectiveEchoTime=tags.echo_ms)]
    if tags.inversion_ms is not None:
        shared.MRModifierSequence = [_modifier(tags.inversion_ms)]
    if tags.contrast_agent is not None:
        usage = item(
            ContrastBolusAgentNumber=1,
            ContrastBolusAgentAdministered="YES",
            ContrastBolusAgentDetected="YES",
            ContrastBolusAgentPhase="POST_CONTRAST",
        )
        shared.ContrastBolusUsageSequence = [usage]


def _timing(repetition_ms: float) -> Dataset:
    """Repetition time among what its macro demands: a plain spin echo without any power."""
    rate = item(SpecificAbsorptionRateDefinition="IEC_HEAD", SpecificAbsorptionRateValue=0.0)
    mode = item(OperatingModeType="RF", OperatingMode="IEC_NORMAL")
    return item(
        RepetitionTime=repetition_ms,
        FlipAngle=90,
        EchoTrainLength=1,
        RFEchoTrainLength=1,
        GradientEchoTrainLength=0,
        SpecificAbsorptionRateSequence=[rate],
        OperatingModeSequence=[mode],
    )


def _modifier(inversion_ms: float) -> Dataset:
    """Inversion time among what its macro demands: nothing else was done."""
    return item(
        InversionRecovery="YES",
        InversionTimes=[inversion_ms],
        FlowCompensation="NONE",
        Spoiling="NONE",
        T2Preparation="NO",
        SpectrallySelectedExcitation="NONE",
        SpatialPresaturation="NONE",
        PartialFourier="NO",
        ParallelAcquisition="NO",
    )


def _frame(planes: Planes, index: int) -> Dataset:
    content = item(
        StackID="1", InStackPositionNumber=index + 1, DimensionIndexValues=[1, index + 1]
    )
    place = item(ImagePositionPatient=planes.position(index))
    return item(FrameContentSequence=[content], PlanePositionSequence=[place])
