"""Linear mixed models: crossed and nested random effects by REML or ML, in lme4's notation."""

from csperf.mixed.fit import fit_mixed
from csperf.mixed.fitted import MixedFit

__all__ = ["MixedFit", "fit_mixed"]
