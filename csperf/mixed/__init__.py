"""Linear mixed models: crossed and nested random effects by REML or ML, in lme4's notation."""

from csperf.mixed.fit import MixedFit, fit_mixed

__all__ = ["MixedFit", "fit_mixed"]
