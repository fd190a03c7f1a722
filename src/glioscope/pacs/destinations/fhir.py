"""A FHIR server that gets each result as one transaction, all of it or nothing."""

import json
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from glioscope.jobs.results import FILES
from glioscope.pacs.config import FhirDestination
from glioscope.pacs.connections import session_of
from glioscope.pacs.destinations.destination import Destination, Parcel
from glioscope.pacs.destinations.web import post
from glioscope.writing.fhir.bundle import fhir_bundle

_FHIR = "application/fhir+json"
_URN = "urn:uuid:"


class FhirServer(Destination):
    """One server. Addresses follow from the result, so that what is sent twice is there once."""

    def __init__(self, config: FhirDestination) -> None:
        self._config = config
        self._session = session_of(config)

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @override
    def send(self, parcel: Parcel) -> None:
        try:
            text = (parcel.folder / FILES / "analysis.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return  # without the model there is nothing to tell
        whose, made_at = parcel.whose, parcel.made_at
        if self._config.pseudonymous:
            # A result is made on the day of the examination, mostly.
            moment = datetime.fromtimestamp(made_at / 1000, UTC)
            whose, made_at = None, round(1000 * parcel.disguise().moment(moment).timestamp())
        bundle = fhir_bundle(
            json.loads(text), name=parcel.result_id, issued_ms=made_at, whose=whose
        )
        body = json.dumps(transaction(bundle), ensure_ascii=False).encode()
        post(self._session, self._config, "", body, kind=_FHIR, accept=_FHIR)

    @override
    def close(self) -> None:
        self._session.close()


def transaction(bundle: dict[str, Any]) -> dict[str, Any]:
    """The same resources to be stored under addresses of our own.

    A patient with a number is only made where the server has none of that number.
    """
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_stored(one["fullUrl"], one["resource"]) for one in bundle["entry"]],
    }


def _stored(address: str, resource: dict[str, Any]) -> dict[str, Any]:
    kind, name = resource["resourceType"], address.removeprefix(_URN)
    numbers: list[dict[str, Any]] = resource.get("identifier", []) if kind == "Patient" else []
    if numbers:
        unless = f"identifier={numbers[0]['value']}"
        request = {"method": "POST", "url": kind, "ifNoneExist": unless}
        return {"fullUrl": address, "resource": resource, "request": request}
    request = {"method": "PUT", "url": f"{kind}/{name}"}
    return {"fullUrl": address, "resource": {**resource, "id": name}, "request": request}
