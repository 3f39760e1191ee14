"""The JSON schema of a scheme: editors check a file and complete its keys with it."""

from __future__ import annotations

import json

from csperf.scheme import Scheme

FILE = "scheme.schema.json"
TITLE = "csperf scheme"


def json_schema() -> str:
    """The JSON schema of scheme files, as text that is the same on every run."""
    schema = Scheme.model_json_schema()
    return json.dumps({**schema, "title": TITLE}, indent=1, sort_keys=True) + "\n"
