"""Which columns have drifted: `findings(Look(Rules(...), (Watched(...), ...)))`."""

from penstock.calibration.finding import Finding, Place, Watched
from penstock.calibration.look import Look, Rules, findings

__all__ = ["Finding", "Look", "Place", "Rules", "Watched", "findings"]
