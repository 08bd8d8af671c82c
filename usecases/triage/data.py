"""The Wisconsin diagnostic breast-cancer set, 569 real samples, as it ships in scikit-learn."""

from pathlib import Path

from sklearn.datasets import load_breast_cancer

from penstock.source import Source


def source(data_dir: Path | None = None) -> Source:
    """All samples in the set's own order; nothing is read from `data_dir`."""
    bunch = load_breast_cancer()
    names = [_name(str(name)) for name in bunch.feature_names]
    rows = [
        {"sample_id": f"s{number:04d}"}
        | {name: f"{value:g}" for name, value in zip(names, values, strict=True)}
        | {"diagnosis": str(bunch.target_names[diagnosis])}
        for number, (values, diagnosis) in enumerate(
            zip(bunch.data, bunch.target, strict=True), start=1
        )
    ]
    return Source(
        rows=rows,
        origin="Breast Cancer Wisconsin (Diagnostic), UCI, shipped in scikit-learn",
        licence="CC BY 4.0",
    )


def _name(label: str) -> str:
    """`mean concave points` -> `concave_points_mean`, `radius error` -> `radius_error`."""
    words = label.split()
    if words[0] in ("mean", "worst"):
        words = [*words[1:], words[0]]
    return "_".join(words)
