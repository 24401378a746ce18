"""A client's record as a FHIR R4 bundle: plain dicts, codes and statuses as the standard lists them.

Source: the instruments document, sections 3 and 4. The code of a score is that of the total, never that of the panel;
where no code has been verified, a code system of our own stands in its place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.conversation import Client
from flows.instruments import Instrument, Item, Option
from flows.keeping import listed
from storage.measures import Measure

Resource = dict[str, Any]
LOINC = "http://loinc.org"
OURS = "urn:rapport"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
SURVEY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey"}
SCOPE = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
CATEGORY = {"system": LOINC, "code": "59284-0", "display": "Consent Document"}


@dataclass(frozen=True, slots=True)
class Consented:
    """What a client agreed to or declined."""

    at: datetime
    text: str
    version: str
    given: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that reached the client, without its words."""

    row: int
    at: datetime
    channel: str


def bundle(
    client: Client,
    measures: Sequence[Measure],
    instruments: Mapping[str, Instrument],
    consents: Sequence[Consented],
    sent: Sequence[Sent],
    at: datetime,
) -> Resource:
    """Everything as one collection."""
    used = [instruments[name] for name in dict.fromkeys(each.instrument for each in measures)]
    resources: list[Resource] = [
        {
            "resourceType": "Patient",
            "id": client.id,
            "active": client.status != "ended",
            "name": [{"text": client.name}],
        },
        *map(questionnaire, used),
        *(found for each in measures for found in _measured(client, each, instruments[each.instrument])),
        *_consents(client, consents),
        *_goals(client),
        *_tasks(client),
        *(_communication(client, each) for each in sent),
    ]
    entries = [{"fullUrl": f"{OURS}:{each['resourceType']}:{each['id']}", "resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": _instant(at), "entry": entries}


def questionnaire(instrument: Instrument) -> Resource:
    """The definition of an instrument in one language."""
    file = instrument.file
    found: Resource = {
        "resourceType": "Questionnaire",
        "id": instrument.name,
        "url": f"{OURS}:questionnaire:{instrument.name}",
        "version": file.version,
        "language": file.language,
        "title": file.title,
        "status": "active",
        "item": [_item(instrument, name, item) for name, item in {**instrument.items, **instrument.also}.items()],
    }
    if panel := file.codes.get("panel"):
        found["code"] = [{"system": LOINC, "code": panel}]
    return found | ({"copyright": instrument.licence} if instrument.licence else {})


def _item(instrument: Instrument, name: str, item: Item) -> Resource:
    scored = name in instrument.items
    options = [_answer_option(option, scored=scored) for option in instrument.choices(name).values()]
    coded = {"code": [{"system": LOINC, "code": item.code}]} if item.code else {}
    return {"linkId": name, "text": item.text, "type": "choice", "answerOption": options, **coded}


def _answer_option(option: Option, *, scored: bool) -> Resource:
    ordinal = {"extension": [{"url": ORDINAL, "valueDecimal": option.score}]} if scored else {}
    return {"valueCoding": {**_coding(option), **ordinal}}


def _coding(option: Option) -> Resource:
    return {"system": LOINC, "code": option.code, "display": option.label} if option.code else {"display": option.label}


def _measured(client: Client, measure: Measure, instrument: Instrument) -> Iterator[Resource]:
    """The filled-in questionnaire, and its score where there is one. One that was left lying is `stopped`."""
    asked = {**instrument.items, **instrument.also}
    yield {
        "resourceType": "QuestionnaireResponse",
        "id": str(measure.id),
        "questionnaire": f"{OURS}:questionnaire:{measure.instrument}|{measure.version}",
        "status": "stopped" if measure.total is None else "completed",
        "subject": _patient(client),
        "source": _patient(client),
        "authored": _instant(measure.at),
        "item": [
            {"linkId": name, "text": asked[name].text,
             "answer": [{"valueCoding": _coding(instrument.choices(name)[option])}]}
            for name, option in measure.answers.items() if name in asked
        ],
    }  # fmt: skip
    if measure.total is not None:
        yield _score(client, measure, instrument, measure.total)


def _score(client: Client, measure: Measure, instrument: Instrument, total: int) -> Resource:
    code = instrument.file.codes.get("total")
    coding = {"system": LOINC, "code": code} if code else {"system": f"{OURS}:score", "code": instrument.name}
    band = instrument.band(total)
    return {
        "resourceType": "Observation",
        "id": f"{measure.id}-total",
        "status": "final",
        "category": [{"coding": [SURVEY]}],
        "code": {"coding": [coding], "text": f"{instrument.file.title} total"},
        "subject": _patient(client),
        "effectiveDateTime": _instant(measure.at),
        "valueInteger": total,
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{measure.id}"}],
        **({"interpretation": [{"text": band}]} if band else {}),
    }


def _consents(client: Client, said: Iterable[Consented]) -> Iterator[Resource]:
    """The last word on each text is active or rejected, what was said of it before is inactive; both are kept."""
    said = list(said)
    newest = {each.text: number for number, each in enumerate(said)}
    for number, each in enumerate(said):
        status = ("active" if each.given else "rejected") if newest[each.text] == number else "inactive"
        yield {
            "resourceType": "Consent",
            "id": f"{client.id}-{number + 1}",
            "status": status,
            "scope": {"coding": [SCOPE]},
            "category": [{"coding": [CATEGORY]}],
            "patient": _patient(client),
            "dateTime": _instant(each.at),
            "sourceAttachment": {"title": f"{each.text} {each.version}"},
            "policyRule": {"text": f"{OURS}:text:{each.text}:{each.version}"},
            "provision": {"type": "permit" if each.given else "deny"},
        }


def _goals(client: Client) -> Iterator[Resource]:
    for number, goal in enumerate(listed(client.kept.get("goal")), 1):
        yield {
            "resourceType": "Goal",
            "id": f"{client.id}-goal-{number}",
            "lifecycleStatus": "active",
            "description": {"text": str(goal)},
            "subject": _patient(client),
            "expressedBy": _patient(client),
        }


def _tasks(client: Client) -> Iterator[Resource]:
    for number, task in enumerate(listed(client.kept.get("homework")), 1):
        yield {
            "resourceType": "Task",
            "id": f"{client.id}-homework-{number}",
            "status": "accepted",
            "intent": "order",
            "description": str(task),
            "for": _patient(client),
            "owner": _patient(client),
        }


def _communication(client: Client, sent: Sent) -> Resource:
    return {
        "resourceType": "Communication",
        "id": str(sent.row),
        "status": "completed",
        "medium": [{"text": sent.channel}],
        "recipient": [_patient(client)],
        "sent": _instant(sent.at),
    }


def _patient(client: Client) -> Resource:
    return {"reference": f"Patient/{client.id}"}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
