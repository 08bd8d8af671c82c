"""What the champion sees now, against what it was trained on."""
