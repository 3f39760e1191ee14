"""Imported once by the fork server, so that every worker starts with all of it in memory.

Nothing is opened or started: a thread or an open connection would not survive the fork.
"""

import atexit
import bdb  # noqa: F401
import encodings.utf_8_sig  # noqa: F401
import gc
import sys

# JupyterLab brings it, and jsonschema would take a second to import it, for addresses that no
# notebook is checked for.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import IPython.core.application  # of IPython what a shell imports only when it starts
import IPython.core.completerlib
import IPython.core.crashhandler
import IPython.core.interactiveshell
import IPython.core.logger
import IPython.core.magics
import IPython.core.oinspect  # noqa: F401
import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg
import matplotlib.pyplot  # noqa: F401
import nbformat
import pandas.core.arrays.arrow.extension_types
import pandas.core.methods.to_dict
import pandas.core.reshape.reshape
import pandas.io.formats.csvs  # noqa: F401
import papermill  # noqa: F401
import pyarrow.feather  # noqa: F401
import scipy.stats  # noqa: F401
import seaborn  # noqa: F401

import csperf.indicators.duck
import csperf.reporting.appraisal
import csperf.reporting.calibration
import csperf.reporting.comparison
import csperf.reporting.monitored_days
import csperf.reporting.monitored_next
import csperf.reporting.monitoring
import csperf.reporting.planning
import csperf.reporting.review
import csperf.runner.engine
import csperf.runner.work  # noqa: F401
from csperf.reporting.text import Messages, languages

for _language in languages():
    Messages.load(_language)
nbformat.validate(nbformat.v4.new_notebook())  # compiles what notebooks are checked against

# What every worker has in memory stays there: none need look for garbage in it, or copy it.
gc.collect()
gc.freeze()
atexit.register(gc.unfreeze)  # what is still there at the end counts as leaked with some packages
gc.set_threshold(20_000, 20, 20)
