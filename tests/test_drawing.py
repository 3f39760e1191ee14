import pandas as pd
import pytest
from drawing import draw


def test_draws_ids_times_numbers_flags_texts_and_gaps(table):
    drawn = table("""
        order_id | paid_at             | items | amount | refunded | note
        007      | 2026-10-01 23:59    | 2     | 1.50   | true     | NA
                 |                     | 10    |        |          | "等" 1
        9        | 2026-10-02T00:00:30 | 3     | 20     | false    |
    """)
    assert drawn["order_id"].tolist()[::2] == ["007", "9"]
    assert drawn["paid_at"][2] - drawn["paid_at"][0] == pd.Timedelta(seconds=30 + 60)
    assert drawn["items"].sum() == 2 + 10 + 3
    assert drawn["amount"].sum() == 1.5 + 20
    assert drawn["refunded"].sum() == 1
    assert drawn["note"].tolist()[:2] == ["NA", '"等" 1']
    assert drawn.isna().sum().tolist() == [1, 1, 0, 1, 1, 1]
    assert drawn.dtypes.astype(str).tolist() == [
        "str",
        "datetime64[us, UTC]",
        "int64",
        "float64",
        "boolean",
        "str",
    ]


def test_a_row_with_a_cell_too_few_is_refused():
    with pytest.raises(ValueError, match=r"header has 2 cells, but a row is \['3'\]"):
        draw("""
            a | b
            1 | 2
            3
        """)
