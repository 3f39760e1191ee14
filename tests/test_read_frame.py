"""A frame in memory is read by the same rules as a file."""

import pandas as pd
import pytest

from csperf import InputError, indicator_values, read_frame

EXPORT = pd.DataFrame(
    {
        "no": [1, 2, 2],
        "created": ["2016-05-01 10:00", "2016-05-02 11:00", "2016-05-02 11:00"],
        "version": [1, 1, 2],
        "in time": ["Y", "N", "Y"],
    }
)
COLUMNS = {"case_id": "no", "opened_at": "created", "sla_met": "in time"}
WORDS = {"sla_met": {"Y": "true", "N": "false"}}


def test_a_frame_is_renamed_recoded_and_the_last_row_of_each_key_kept():
    tables = read_frame(
        EXPORT,
        "cases",
        columns=COLUMNS,
        values=WORDS,
        keep={"per": "case_id", "last_by": "version"},
        timezone="Europe/Berlin",
    )
    cases = tables["cases"]
    assert cases["case_id"].tolist() == ["1", "2"]
    assert cases["sla_met"].tolist() == [True, True]
    assert cases["opened_at"].iloc[0] == pd.Timestamp("2016-05-01 08:00", tz="UTC")
    assert tables.quality["count"].tolist() == [1]
    share = indicator_values(tables, by=None, indicators=["sla_met_share"])
    assert share["value"].tolist() == [1.0] and share["n"].tolist() == [2]


def test_problems_of_a_frame_name_its_index():
    with pytest.raises(InputError, match=r"DataFrame, row 1, column 'sla_met': 'N' is not a flag"):
        read_frame(
            EXPORT.drop_duplicates("no"),
            "cases",
            columns=COLUMNS,
            values={"sla_met": {"Y": "true"}},
            timezone="UTC",
        )
