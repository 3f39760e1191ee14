"""Tables as files."""

from __future__ import annotations

import pandas as pd

from csperf.runner.files import csv_bytes


def test_a_csv_cell_cannot_run_as_a_formula_and_numbers_stay_numbers() -> None:
    text = ["=1+1", "+1", "-1+2", "@x", "\tx", "\uff1d1", "plain", "-1.5", None]
    numbers = [-1.5, 0.1 + 0.2, None, 1e21, -0.0, 2, 3, 4, 5]
    frame = pd.DataFrame({"text": text, "number": numbers, "count": [-3] * len(text)})
    lines = csv_bytes(frame.astype({"count": "Int64"})).decode().splitlines()
    assert lines == [
        "text,number,count",
        "'=1+1,-1.5,-3",
        "'+1,0.30000000000000004,-3",
        "'-1+2,,-3",
        "'@x,1e+21,-3",
        "'\tx,-0.0,-3",
        "'\uff1d1,2.0,-3",
        "plain,3.0,-3",
        "-1.5,4.0,-3",
        ",5.0,-3",
    ]
