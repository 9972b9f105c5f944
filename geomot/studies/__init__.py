"""Studies: the paper's figures, convergence, time to accuracy; each a list of independent cases."""

from geomot.studies.cases import Case
from geomot.studies.orders import ErrorRecord
from geomot.studies.running import run_cases
from geomot.studies.table import Column, Table

__all__ = ["Case", "Column", "ErrorRecord", "Table", "run_cases"]
