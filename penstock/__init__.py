"""The language of Penstock: use cases, contracts, features, drift, gates. Pure: no AWS in here."""
