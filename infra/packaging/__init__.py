"""Everything that is uploaded, built without Docker: layers, function packages, training code."""
