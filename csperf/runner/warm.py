"""Imported once by the fork server, so that every worker starts with all of it in memory.

Nothing is opened or started: a thread or an open connection would not survive the fork.
"""

import atexit
import gc

import IPython.core.interactiveshell  # noqa: F401
import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg
import matplotlib.pyplot  # noqa: F401
import papermill  # noqa: F401
import scipy.stats  # noqa: F401
import seaborn  # noqa: F401

import csperf.reporting.appraisal
import csperf.reporting.calibration
import csperf.reporting.comparison
import csperf.reporting.monitoring
import csperf.reporting.planning
import csperf.reporting.review
import csperf.runner.engine
import csperf.runner.work  # noqa: F401
from csperf.reporting.text import Messages, languages

for _language in languages():
    Messages.load(_language)

# What every worker has in memory stays there: none need look for garbage in it, or copy it.
gc.collect()
gc.freeze()
atexit.register(gc.unfreeze)  # what is still there at the end counts as leaked with some packages
gc.set_threshold(20_000, 20, 20)
