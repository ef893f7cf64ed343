"""Loaded before the tests when they are run on mutants: an example that fails need not be made small first."""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
