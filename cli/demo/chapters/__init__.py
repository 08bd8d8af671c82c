"""The chapters of the story, one module each, in the order in which `driver` tells them."""
