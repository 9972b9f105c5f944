"""Files for other tools: regions as GeoJSON and WKT, results as JSON; each is written whole or not."""

from geomot.export.atomic import require_folder, write_files
from geomot.export.checks import region_problems
from geomot.export.content import MalformedFileError, RegionFile
from geomot.export.registry import FORMATS, Format, encode_regions, format_of, write_regions
from geomot.export.summary import encode_summary, read_summary, summary_problems

__all__ = [
    "FORMATS",
    "Format",
    "MalformedFileError",
    "RegionFile",
    "encode_regions",
    "encode_summary",
    "format_of",
    "read_summary",
    "region_problems",
    "require_folder",
    "summary_problems",
    "write_files",
    "write_regions",
]
