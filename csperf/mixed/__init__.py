"""Mixed models of scores and of counts: crossed and nested random effects, in lme4's notation."""

from csperf.mixed.fit import fit_mixed
from csperf.mixed.fitted import MixedFit
from csperf.mixed.rates import RateFit

__all__ = ["MixedFit", "RateFit", "fit_mixed"]
