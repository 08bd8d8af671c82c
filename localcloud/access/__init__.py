"""Who may do what: policies in the name of roles and services, and a log of every decision."""
