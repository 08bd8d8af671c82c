"""The request contract in the words of others: JSON Schema (2020-12) and OpenAPI (3.1).

Made from the use case, never written by hand. What a schema cannot say (lists of one length) the
service still refuses.
"""

from typing import Any

from penstock.explanation import MOST_ROWS
from penstock.spec import ColumnSpec, UseCase

Document = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {"float": "number", "int": "integer", "boolean": "boolean", "text": "string"}
_LARGEST = 1e300  # beyond it the contract sees infinity
_EXPLAIN = {
    "type": "boolean",
    "description": f"say of each feature how far it moved the score; at most {MOST_ROWS} rows",
}


def request(usecase: UseCase) -> Document:
    """Of a request in either form: rows as objects, or columns."""
    required = [c.name for c in usecase.columns if not c.nullable]
    row_id = {"type": ["string", "integer", "null"], "description": "comes back in the record"}
    values = {c.name: _value(c) for c in usecase.columns} | {usecase.row_id: row_id}
    instance = {
        "type": "object",
        "properties": values,
        "required": required,
        "additionalProperties": False,
    }
    columns = {
        "type": "object",
        "description": "for each column the values of all rows: lists of one length",
        "properties": {n: {"type": "array", "items": v, "minItems": 1} for n, v in values.items()},
        "required": required,
        "minProperties": 1,
        "additionalProperties": False,
    }
    forms = {
        "instances": {"type": "array", "items": instance, "minItems": 1},
        "columns": columns,
    }
    return {
        "title": f"A request to {usecase.name}",
        "description": usecase.description,
        "oneOf": [_only({name: form}, {"explain": _EXPLAIN}) for name, form in forms.items()],
        "if": {"properties": {"explain": {"const": True}}, "required": ["explain"]},
        "then": {
            "properties": {
                "instances": {"maxItems": MOST_ROWS},
                "columns": {"additionalProperties": {"maxItems": MOST_ROWS}},
            }
        },
    }


def answer(usecase: UseCase) -> Document:
    """Of what a request gets that was not refused."""
    labels = [usecase.target.negative, usecase.target.positive]
    prediction = {
        "id": {"type": "string", "pattern": "^[0-9]{8}-[0-9a-f]{24}$"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "label": {"enum": labels},
    }
    explained = {
        "explanation": {"oneOf": [explanation(), {"type": "null"}]},
        "explanation_error": {"type": "string", "description": "why `explanation` is null"},
    }
    said = {name: {"type": "string"} for name in ("version", "model_package", "dataset_version")}
    predictions = {"type": "array", "items": _only(prediction, explained)}
    return _only({"predictions": predictions, "model": _only(said)})


def explanation() -> Document:
    """Of one prediction: base_value and contributions add up to the score's log-odds."""
    number = {"type": "number"}
    reason = {
        "column": {"type": "string"},
        "value": {"type": ["number", "string", "boolean", "null"]},
        "contribution": number,
        "text": {"type": "string"},
    }
    contributions = {
        "type": "object",
        "description": "of every feature, in log-odds, the largest first",
        "additionalProperties": number,
    }
    return _only(
        {
            "base_value": number,
            "contributions": contributions,
            "reasons": {"type": "array", "items": _only(reason)},
        }
    )


def error() -> Document:
    """Of a refusal: the status, and for each broken rule where, what was expected, what came."""
    violation = {
        "row": {"type": ["integer", "null"]},
        "field": {"type": "string"},
        "expected": {"type": "string"},
        "got": {"type": "string"},
    }
    said = {
        "status": {"type": "integer"},
        "message": {"type": "string"},
        "violations": {"type": "array", "items": _only(violation)},
    }
    return _only({"error": _only(said)})


def json_schema(usecase: UseCase) -> Document:
    """The request's schema as a document of its own."""
    return {"$schema": _DIALECT, **request(usecase)}


def openapi(usecase: UseCase) -> Document:
    """The function's URL: one POST."""
    refusals = {
        "400": "the request breaks the contract",
        "413": "the answer would be larger than Lambda carries",
        "503": "no model has been released yet",
    }
    responses = {"200": _content("predictions", "Answer")}
    responses |= {status: _content(why, "Error") for status, why in refusals.items()}
    asked = {"required": True, **_json("Request")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": usecase.name,
            "version": "1",
            "description": usecase.description,
            "contact": {"email": usecase.owner},
        },
        "paths": {
            "/": {
                "post": {
                    "operationId": "predict",
                    "requestBody": asked,
                    "responses": responses,
                }
            }
        },
        "components": {
            "schemas": {"Request": request(usecase), "Answer": answer(usecase), "Error": error()}
        },
    }


def _value(column: ColumnSpec) -> Document:
    if column.type == "category":
        values: list[str | None] = list(column.values or ())
        found: Document = {"enum": [*values, None] if column.nullable else values}
    else:
        kind = _TYPES[column.type]
        found = {"type": [kind, "null"] if column.nullable else kind}
        if column.max_length is not None:
            found |= {"minLength": 0 if column.nullable else 1, "maxLength": column.max_length}
        if column.type in ("float", "int"):
            low, high = column.min, column.max
            found |= {"exclusiveMinimum": -_LARGEST} if low is None else {"minimum": low}
            found |= {"exclusiveMaximum": _LARGEST} if high is None else {"maximum": high}
    about = [column.description, f"in {column.unit}" if column.unit else None]
    if words := ", ".join(word for word in about if word):
        found["description"] = words
    return found


def _only(properties: Document, optional: Document | None = None) -> Document:
    """An object of exactly these properties; without the optional ones it is whole, too."""
    return {
        "type": "object",
        "properties": properties | (optional or {}),
        "required": list(properties),
        "additionalProperties": False,
    }


def _json(name: str) -> Document:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _content(words: str, name: str) -> Document:
    return {"description": words, **_json(name)}
