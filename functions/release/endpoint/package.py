"""What a SageMaker model is made of: code and model in one tar.gz, the same bytes for both."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from penstock import artifact

_LEVEL = 1  # a tenth larger than the best, in a tenth of the time


def compose(code: Path, model_dir: Path, extra: Mapping[str, bytes], target: Path) -> None:
    """The members of `code` (itself a tar.gz) as they are, what the artifact is served and
    explained by, `extra`.

    Streamed: the libraries are larger than the function's memory should be.
    """
    names = (*artifact.SERVED, artifact.native(model_dir).name)
    files = {name: (model_dir / name).read_bytes() for name in names} | dict(extra)
    with (
        tarfile.open(code, "r:gz") as source,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as packed,
    ):
        for member in source:
            # a file in the place of one of the artifact's would be a second source of a model
            if member.isfile() and member.name not in files:
                packed.addfile(member, source.extractfile(member))
        for name in sorted(files):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(files[name]), 0o644
            packed.addfile(info, io.BytesIO(files[name]))
