"""The function's package: code and model in one zip, the same bytes for the same two."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from functions.release.errors import PackageTooLarge
from penstock import artifact

LIMIT_BYTES = 100 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


def compose(code: bytes, model_dir: Path, extra: Mapping[str, bytes]) -> bytes:
    """A deterministic zip of `code` (itself a zip) with model/<served files> and model/<extra>.

    A model/ inside the code is replaced: the artifact is the only source of a model.
    """
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        files = {
            name: archive.read(name)
            for name in archive.namelist()
            if not name.endswith("/") and not name.startswith("model/")
        }
    files |= {f"model/{name}": (model_dir / name).read_bytes() for name in artifact.SERVED}
    files |= {f"model/{name}": data for name, data in extra.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16  # Lambda's user must be able to read it
            archive.writestr(info, files[name])
    data = target.getvalue()
    if len(data) > LIMIT_BYTES:
        raise PackageTooLarge(
            f"code and model are {len(data) / 1e6:.0f} MB zipped",
            where=f"model.onnx, {(model_dir / 'model.onnx').stat().st_size / 1e6:.0f} MB unzipped",
            expected=f"at most {LIMIT_BYTES / 1e6:.0f} MB: use a smaller model",
        )
    return data
