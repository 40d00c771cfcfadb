"""Pages that the declarations write: added to the site when it is built, never kept in the tree."""

from typing import Any

import declared
import reference
from mkdocs.structure.files import File, Files


def on_files(files: Files, *, config: Any) -> Files:
    """Add every generated page to those of the folder."""
    for path, text in (declared.pages() | reference.pages()).items():
        files.append(File.generated(config, path, content=text))
    return files
