"""What readers draw and say, and who has a study open."""

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from glioscope.database.tables.base import Table


class Version(Table):
    """An outline that a doctor drew; it never changes, and the model's stays beside it.

    Attributes:
        number: counts the versions of a study from 1.
        author: name of who drew it.
        base: what he began with: `model`, `empty`, or the id of another version.
        list_id: the reading list that it was drawn for; None outside of one.
        folder: where the outline and what was made again from it lie in the store.
        voxels: in the outline; `volume_ml` is None where the size of a voxel is not known.
        added, removed: voxels that the model's outline lacks, and that only it has; None where
            there is none.
        dice: with the model's outline; None where there is none, or both are empty.
    """

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    author: Mapped[str] = mapped_column(String(64))
    base: Mapped[str] = mapped_column(String(32))
    list_id: Mapped[str | None] = mapped_column(
        ForeignKey("reading_list.id", ondelete="SET NULL"), index=True
    )
    folder: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int]
    voxels: Mapped[int]
    volume_ml: Mapped[float | None]
    added: Mapped[int | None]
    removed: Mapped[int | None]
    dice: Mapped[float | None]


class Draft(Table):
    """What somebody has drawn and not handed in yet: one for a study, a person and a list.

    Attributes:
        list_id: the reading list; empty outside of one.
        base: as in `Version`.
        content: as the page packs it (`static/study/draw/codec.js`).
    """

    __tablename__ = "draft"

    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    author: Mapped[str] = mapped_column(String(64), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    base: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[int]


class Review(Table):
    """What a reader says of a study; signed it is locked, and only another can supersede it.

    Attributes:
        number: counts the reviews of a study from 1.
        verdict: `accept`, `correct` or `reject`.
        reason: code of why it is no tumour of this kind (`glioscope.reviews.reasons`).
        version_id: the outline that he stands for, where it is his own.
        list_id: the reading list that he read it for; None outside of one.
        supersedes: the review whose place it takes.
        signed_at: None while it may still be withdrawn.
        seconds: that the study was open for before.
    """

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    number: Mapped[int]
    reader: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str | None] = mapped_column(String(4000))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("version.id", ondelete="SET NULL"))
    list_id: Mapped[str | None] = mapped_column(
        ForeignKey("reading_list.id", ondelete="SET NULL"), index=True
    )
    supersedes: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(index=True)
    signed_at: Mapped[int | None]
    seconds: Mapped[int | None]


class ReadingList(Table):
    """Studies that readers are to outline without seeing each other's work.

    Attributes:
        model_shown: `after` a reader has handed in his own, or `never`.
        closed_at: from then on everybody sees everything of it.
    """

    __tablename__ = "reading_list"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    model_shown: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int]
    closed_at: Mapped[int | None]


class ListReader(Table):
    """Who reads a list."""

    __tablename__ = "list_reader"

    list_id: Mapped[str] = mapped_column(
        ForeignKey("reading_list.id", ondelete="CASCADE"), primary_key=True
    )
    reader: Mapped[str] = mapped_column(String(64), primary_key=True)


class ListStudy(Table):
    """What is on a list, and where."""

    __tablename__ = "list_study"

    list_id: Mapped[str] = mapped_column(
        ForeignKey("reading_list.id", ondelete="CASCADE"), primary_key=True
    )
    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]


class Presence(Table):
    """Who has a study open: a row for each page, renewed while it is open.

    Attributes:
        page: a random word of the page.
    """

    __tablename__ = "presence"

    study_id: Mapped[str] = mapped_column(
        ForeignKey("study.id", ondelete="CASCADE"), primary_key=True
    )
    page: Mapped[str] = mapped_column(String(32), primary_key=True)
    who: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[int]
