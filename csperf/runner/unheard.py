"""Imported first of all by the server of workers, which is to be neither told nor heard.

Ctrl-C is for the run, with which the server ends; and what a worker would say of a run that has
ended before it began is for nobody.
"""

import os
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
with open(os.devnull, "wb") as nothing:
    os.dup2(nothing.fileno(), 2)
