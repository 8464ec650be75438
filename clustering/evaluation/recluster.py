"""Results clustered anew with other settings, from the vectors in their tables."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.errors import InputError
from ...data.tables.labels import Labels
from ..analysis.engine import Engine, load_engine
from ..config import Config, ConfigError, make_config
from ..pipeline import resolved, run_stages
from .evaluate import evaluate
from .pooling import Result
from .report import Report


@dataclass(frozen=True, eq=False)
class StoredResult:
    """A result, the settings it was made with, and the networks that looked."""

    result: Result
    config: Config
    engine: Engine

    def measure(self, labels: Labels, config: Config) -> Report:
        """Cluster the faces of the result with other settings, and compare them with labels."""
        found = run_stages(self.result.faces, self.engine, resolved(config, self.engine))
        return evaluate(
            found.faces,
            labels,
            self.result.looked_at,
            predicted_precision=found.predicted_precision,
        )


def stored_result(result: Result) -> StoredResult:
    """Load what clustering a result anew takes: its settings, and what its networks know.

    Raises:
        InputError: another version made the result, or a network that looked is not there.
    """
    settings = {
        f"{section}.{key}": value
        for section, values in result.configuration.items()
        for key, value in values.items()
    }
    try:
        config = make_config(settings)
    except ConfigError as error:
        raise InputError(
            f"{result.name}: expected a result of this version of castlist, to cluster it anew, but"
            f" of its settings {error}; cluster it again"
        ) from error
    return StoredResult(result, config, load_engine(config.engine))
