"""Studies: the paper's figures, convergence, time to accuracy; each a list of independent cases."""

from geomot.distributed.cases import Case
from geomot.distributed.running import run_cases
from geomot.studies.baseline.study import baseline
from geomot.studies.convergence.study import convergence
from geomot.studies.files import study_files
from geomot.studies.orders import ErrorRecord
from geomot.studies.partition import partition
from geomot.studies.spread import spread
from geomot.studies.table import Column, Table
from geomot.studies.twins import twins

__all__ = [
    "Case",
    "Column",
    "ErrorRecord",
    "Table",
    "baseline",
    "convergence",
    "partition",
    "run_cases",
    "spread",
    "study_files",
    "twins",
]
