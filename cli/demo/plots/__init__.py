"""The report's pictures: inline SVG, coloured by the page's own style sheet."""
