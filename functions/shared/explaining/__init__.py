"""Why a score is what it is, where the model is: in the explain function, in a container."""
