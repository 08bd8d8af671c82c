"""Which of AWS's operations this cloud does, asked of a running one rather than claimed."""
