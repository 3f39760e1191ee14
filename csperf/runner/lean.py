"""Imported by the fork server first: leaves out what costs time and does nothing for a notebook.

`jsonschema` imports the grammar of IRIs wherever it is installed, and building it takes a third of
the server's start; no notebook has an IRI to check.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as if not installed
