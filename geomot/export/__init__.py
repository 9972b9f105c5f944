"""Files for other tools: planar and spatial regions, results as JSON; each is written whole or not."""

from geomot.export.arcs import write_arcs
from geomot.export.checks import region_problems
from geomot.export.content import RegionFile
from geomot.export.edges import tiles_exactly
from geomot.export.identity import folder_problems, solves_in
from geomot.export.registry import (
    FORMATS,
    SOLID_FORMATS,
    Format,
    SolidFormat,
    encode_regions,
    format_of,
    require_support,
)
from geomot.export.slots import encode_slots
from geomot.export.solids.checks import solid_problems
from geomot.export.solids.content import SolidMesh, SolidRegion
from geomot.export.solids.table import table_path, table_problems
from geomot.export.summary import encode_summary, read_summary, summary_problems
from geomot.export.twins import encode_twins
from geomot.export.writing import region_files, write_regions
from geomot.files.atomic import require_folder, write_files
from geomot.files.content import MalformedFileError

__all__ = [
    "FORMATS",
    "SOLID_FORMATS",
    "Format",
    "MalformedFileError",
    "RegionFile",
    "SolidFormat",
    "SolidMesh",
    "SolidRegion",
    "encode_regions",
    "encode_slots",
    "encode_summary",
    "encode_twins",
    "folder_problems",
    "format_of",
    "read_summary",
    "region_files",
    "region_problems",
    "require_folder",
    "require_support",
    "solid_problems",
    "solves_in",
    "summary_problems",
    "table_path",
    "table_problems",
    "tiles_exactly",
    "write_arcs",
    "write_files",
    "write_regions",
]
