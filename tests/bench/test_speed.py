"""How long the steps take; absolute times are printed, only ratios of one run are asserted."""

import time

import papermill
import pytest
from nbconvert import HTMLExporter

from csperf import Cycle, indicator_values, load_params, read_tables
from csperf.indicators import INDICATORS
from csperf.pipeline import appraise_department
from csperf.reporting.exporter import report_html
from csperf.runner.files import packaged

PARAMS = load_params("params/demo.yaml")
MAY = Cycle.parse("2016-05")


@pytest.fixture(scope="module")
def shop():
    return read_tables(PARAMS, "online-shop")


def seconds(work, times=3):
    """The shortest of a few runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


@pytest.mark.parametrize("department", ["service-desk", "online-shop"])
def test_reading_and_checking_a_department(benchmark, department):
    benchmark.pedantic(read_tables, (PARAMS, department), rounds=3)


def test_all_indicators_of_the_shop_by_employee(benchmark, shop):
    benchmark.pedantic(indicator_values, (shop, MAY), rounds=3)


def test_a_department_from_files_to_proposals(benchmark):
    benchmark.pedantic(appraise_department, (PARAMS, "online-shop", MAY), rounds=3)


def test_the_indicators_of_a_fact_cost_one_pass_together(shop):
    """Asked for one by one they cost at least twice as much."""
    ids = [name for name, row in INDICATORS.items() if row.fact in ("rounds", "orders")]
    together = seconds(lambda: indicator_values(shop, MAY, indicators=ids))
    apart = sum(
        seconds(lambda name=name: indicator_values(shop, MAY, indicators=[name])) for name in ids
    )
    print(f"\n{len(ids)} indicators: together {together:.2f} s, one by one {apart:.2f} s")
    assert apart > 2 * together


def test_the_engine_saves_the_start_of_a_kernel(tmp_path):
    """The notebook with csperf's engine against the same notebook in a kernel of its own."""

    def run(engine):
        papermill.execute_notebook(
            packaged("notebooks") / "calibration.ipynb",
            tmp_path / "out.ipynb",
            parameters={"params_file": str(PARAMS.path.resolve())},
            engine_name=engine,
            progress_bar=False,
            kernel_name="python3",
        )

    ours, kernel = seconds(lambda: run("csperf")), seconds(lambda: run(None))
    print(f"\ncalibration.ipynb: csperf engine {ours:.2f} s, kernel {kernel:.2f} s")
    assert kernel > 2 * ours


def test_an_export_costs_at_most_a_quarter_of_nbconverts_own(tmp_path):
    """The executed team report as csperf exports it, and as nbconvert's HTML exporter does."""
    parameters = {"params_file": str(PARAMS.path.resolve()), "cycle": MAY.id}
    notebook = papermill.execute_notebook(
        packaged("notebooks") / "appraisal.ipynb",
        tmp_path / "out.ipynb",
        parameters=parameters,
        engine_name="csperf",
        progress_bar=False,
        kernel_name="python3",
    )
    theirs = HTMLExporter()
    ours = seconds(lambda: report_html(notebook, "appraisal"), times=5)
    stock = seconds(lambda: theirs.from_notebook_node(notebook), times=5)
    size = len(report_html(notebook, "appraisal").encode())
    print(f"\nexport: csperf {1000 * ours:.0f} ms, nbconvert {1000 * stock:.0f} ms; {size:,} bytes")
    assert ours <= stock / 4
