"""What a node is told in its TOML file: where studies come from, and where results go.

Passwords never stand in the file: it names a variable of the environment or another file.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from glioscope.errors import UsageError
from glioscope.settings import from_environment
from glioscope.texts.catalogue import Language
from glioscope.writing.dicom.mosmed.registration import Service

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
# Application entity titles: PS3.5, value representation AE.
Title = Annotated[str, Meta(pattern=r"^[\x20-\x5b\x5d-\x7e]{1,16}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Url = Annotated[str, Meta(pattern=r"^https?://")]
Broker = Annotated[str, Meta(pattern=r"^[^\s:/]+:[0-9]{1,5}$")]
Topic = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
Seconds = Annotated[float, Meta(gt=0)]
# What may be sent of one result.
Part = Literal["seg", "sr", "key_images", "pdf", "capture", "probability", "bounds", "mosmed"]


class _Table(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What every table of the file shares: a word that is not known is a fault."""


class Web(_Table, kw_only=True, frozen=True):
    """How a web server is spoken to.

    Attributes:
        user, password_env, password_file: for HTTP's basic authentication.
        token_env, token_file: a bearer token in its place.
        ca: certificates of the authority that signed the server's.
    """

    url: Url
    user: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    token_env: str | None = None
    token_file: Path | None = None
    ca: Path | None = None
    timeout_s: Seconds = 60


class OrthancSource(Web, tag="orthanc", tag_field="kind", kw_only=True, frozen=True):
    """An Orthanc, by its list of changes."""

    name: Name
    poll_s: Seconds = 2


class DicomwebSource(Web, tag="dicomweb", tag_field="kind", kw_only=True, frozen=True):
    """Any server that speaks DICOMweb: asked for the studies of the last days."""

    name: Name
    poll_s: Seconds = 15
    days: Annotated[int, Meta(ge=0)] = 1


class ListenerSource(_Table, tag="listener", tag_field="kind", kw_only=True, frozen=True):
    """Whoever sends to this node by C-STORE.

    Attributes:
        allowed: titles of those who may; empty allows all.
        certificate, key, ca: for TLS; with `ca` the other side has to show a certificate too.
    """

    name: Name
    port: Port
    host: str = "127.0.0.1"
    title: Title = "GLIOSCOPE"
    allowed: tuple[Title, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None


class FolderSource(_Table, tag="folder", tag_field="kind", kw_only=True, frozen=True):
    """A folder that studies are put into; what was taken is moved to `taken` beside them."""

    name: Name
    path: Path
    poll_s: Seconds = 5


class WorklistSource(Web, tag="worklist", tag_field="kind", kw_only=True, frozen=True):
    """A worklist by UPS-RS (PS3.18, section 11), whose workitems this node does (IHE AIW-I).

    Attributes:
        label, code, station: which workitems: by Worklist Label, by the value of the scheduled
            workitem code, or of the scheduled station name code; what is left out fits always.
        at_once: workitems that this node and others on its database hold at a time.
        title: by which the worklist tells this node of requests to cancel.
        pictures: the DICOMweb server that has the studies; None is the worklist's own.
    """

    name: Name
    label: str | None = None
    code: str | None = None
    station: str | None = None
    at_once: Annotated[int, Meta(ge=1)] = 2
    title: Title = "GLIOSCOPE"
    poll_s: Seconds = 5
    pictures: Web | None = None


class StowDestination(Web, tag="stow", tag_field="kind", kw_only=True, frozen=True):
    """A server that takes results by STOW-RS."""

    name: Name
    send: tuple[Part, ...] = ("seg", "sr")
    pseudonymous: bool = False


class StoreDestination(_Table, tag="cstore", tag_field="kind", kw_only=True, frozen=True):
    """An archive that takes results by C-STORE."""

    name: Name
    host: str
    port: Port
    title: Title
    own_title: Title = "GLIOSCOPE"
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    timeout_s: Seconds = 60
    send: tuple[Part, ...] = ("seg", "sr")
    pseudonymous: bool = False


class FolderDestination(_Table, tag="folder", tag_field="kind", kw_only=True, frozen=True):
    """A folder that gets one folder for each result."""

    name: Name
    path: Path
    send: tuple[Part, ...] = ("seg", "sr", "pdf")
    pseudonymous: bool = False


class FhirDestination(Web, tag="fhir", tag_field="kind", kw_only=True, frozen=True):
    """A FHIR R4 server that gets a DiagnosticReport with what belongs to it."""

    name: Name
    pseudonymous: bool = False
    send: ClassVar[tuple[Part, ...]] = ()


class FileDestination(_Table, tag="messages", tag_field="kind", kw_only=True, frozen=True):
    """A file that gets the messages of the mosmed profile, one JSON object a line.

    Attributes:
        errors: tell of studies without a result, too.
    """

    name: Name
    path: Path
    errors: bool = True
    pseudonymous: ClassVar[bool] = False
    send: ClassVar[tuple[Part, ...]] = ("mosmed",)


class KafkaDestination(_Table, tag="kafka", tag_field="kind", kw_only=True, frozen=True):
    """A topic of Kafka that gets the same messages.

    Attributes:
        brokers: `host:port`, of some brokers of the cluster.
        user, password_env, password_file, mechanism: for SASL.
        tls: with the system's authorities, or with those in `ca`; `certificate` and `key` are
            shown to the brokers.
        errors: as in `FileDestination`.
    """

    name: Name
    brokers: Annotated[tuple[Broker, ...], Meta(min_length=1)]
    topic: Topic
    user: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    tls: bool = True
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    timeout_s: Seconds = 30
    errors: bool = True
    pseudonymous: ClassVar[bool] = False
    send: ClassVar[tuple[Part, ...]] = ("mosmed",)


Source = OrthancSource | DicomwebSource | ListenerSource | FolderSource | WorklistSource
MessageDestination = FileDestination | KafkaDestination
Destination = (
    StowDestination | StoreDestination | FolderDestination | FhirDestination | MessageDestination
)


class Rule(_Table, kw_only=True, frozen=True):
    """What is done with studies that fit; patterns know `*` and `?`, and letters of any case.

    Attributes:
        source, sender, station, description: what has to fit; what is left out fits always.
        ignore: leave such studies alone.
        urgent: before others.
        send_to: names of destinations; None is all of them.
        lang: of reports and texts.
    """

    source: str | None = None
    sender: str | None = None
    station: str | None = None
    description: str | None = None
    ignore: bool = False
    urgent: bool = False
    send_to: tuple[Name, ...] | None = None
    lang: Language | None = None


class Anonymise(_Table, kw_only=True, frozen=True):
    """Where the key is by which patients are hidden from destinations that are `pseudonymous`.

    It is that of `glioscope anonymize`: pictures that were anonymised by it and results that are
    sent by it fit each other.
    """

    key_env: str | None = None
    key_file: Path | None = None


class Config(_Table, kw_only=True, frozen=True):
    """The whole file.

    Attributes:
        quiet_s: a study without a new picture for so long is complete.
        workers: studies analysed at once by the node itself.
        attempts: times that a destination may refuse a result before it is given up.
        keep_free_mb: with less room on the disk nothing is taken.
        anonymise: for destinations that must not know whose a result is.
        mosmed: how the installation is registered with Moscow's centre.
    """

    source: tuple[Source, ...] = ()
    destination: tuple[Destination, ...] = ()
    rule: tuple[Rule, ...] = ()
    lang: Language = "en"
    quiet_s: Seconds = 20
    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    attempts: Annotated[int, Meta(ge=1)] = 5
    keep_free_mb: Annotated[int, Meta(ge=0)] = 500
    anonymise: Anonymise = Anonymise()
    mosmed: Service = Service()


def load_config(path: Path) -> Config:
    """The file, checked.

    Raises:
        UsageError: it is not there, no TOML, or says something that is not known.
    """
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise UsageError("pacs.no_file", name=path.name, said=error.strerror or "") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("pacs.no_toml", name=path.name, said=str(error)) from error
    return config_of(document, path.name)


def config_of(document: dict[str, Any], name: str) -> Config:
    """The same from what the file holds; `name` is for errors."""
    try:
        config = msgspec.convert(document, Config, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise UsageError("pacs.config", name=name, said=str(error)) from error
    _check_names(config, name)
    return config


def secret(variable: str | None, file: Path | None) -> str | None:
    """A password or token from where the file says it is; None where it says nothing.

    Raises:
        UsageError: it is not there.
    """
    if variable:
        found = from_environment(variable)
        if found is None:
            raise UsageError("pacs.no_variable", name=variable)
        return found
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError("pacs.no_secret", name=file.name, said=error.strerror or "") from error


def _path(kind: type, value: object) -> Path:
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"a path is text, not {value!r}")
    return Path(value).expanduser()


def _check_names(config: Config, file: str) -> None:
    for kind, names in (
        ("source", [one.name for one in config.source]),
        ("destination", [one.name for one in config.destination]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise UsageError("pacs.twice", name=file, kind=kind, twice=twice)
    known = {one.name for one in config.destination}
    for rule in config.rule:
        for name in rule.send_to or ():
            if name not in known:
                raise UsageError("pacs.unknown_destination", name=file, destination=name)
    for one in (*config.source, *config.destination):
        with_tls = isinstance(one, ListenerSource | StoreDestination | KafkaDestination)
        if with_tls and (one.certificate is None) != (one.key is None):
            raise UsageError("pacs.half_tls", name=file, where=one.name)
        for who in (one, one.pictures if isinstance(one, WorklistSource) else None):
            if (
                isinstance(who, Web | KafkaDestination)
                and who.user
                and not (who.password_env or who.password_file)
            ):
                raise UsageError("pacs.no_password", name=file, where=one.name)
    for one in config.destination:
        if one.pseudonymous and {"mosmed", "capture"} & set(one.send):
            raise UsageError("pacs.pseudonymous_pictures", name=file, where=one.name)
        if one.pseudonymous and not (config.anonymise.key_env or config.anonymise.key_file):
            raise UsageError("pacs.no_key", name=file, where=one.name)
