"""The public Telco churn table, or where it is not at hand a made-up one of the same schema."""

import csv
import math
import random
from pathlib import Path

from penstock.source import Source

FILE = Path("telco_churn") / "Telco-Customer-Churn.csv"
ROWS, SEED = 1500, 11

# The file's headers, and the physical names that a lake can hold.
NAMES = {
    "customerID": "customer_id",
    "gender": "gender",
    "SeniorCitizen": "senior_citizen",
    "Partner": "partner",
    "Dependents": "dependents",
    "tenure": "tenure",
    "PhoneService": "phone_service",
    "MultipleLines": "multiple_lines",
    "InternetService": "internet_service",
    "OnlineSecurity": "online_security",
    "OnlineBackup": "online_backup",
    "DeviceProtection": "device_protection",
    "TechSupport": "tech_support",
    "StreamingTV": "streaming_tv",
    "StreamingMovies": "streaming_movies",
    "Contract": "contract",
    "PaperlessBilling": "paperless_billing",
    "PaymentMethod": "payment_method",
    "MonthlyCharges": "monthly_charges",
    "TotalCharges": "total_charges",
    "Churn": "churn",
}
EXTRAS = [n for n in NAMES.values() if n.startswith(("online_", "device_", "tech_", "streaming_"))]


def source(data_dir: Path | None = None) -> Source:
    """`data_dir`/telco_churn/Telco-Customer-Churn.csv if it is there, else a synthetic sample."""
    path = data_dir / FILE if data_dir else None
    if path and path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{NAMES[k]: v for k, v in row.items()} for row in csv.DictReader(file)]
        return Source(rows, origin="Telco Customer Churn (IBM sample data)", licence="Apache-2.0")
    rng = random.Random(SEED)
    return Source(
        rows=[_customer(number, rng) for number in range(1, ROWS + 1)],
        origin=f"SYNTHETIC: {ROWS} made-up customers in the schema of Telco Customer Churn",
        licence="Apache-2.0, as the rest of this repository",
        synthetic=True,
    )


def _customer(number: int, rng: random.Random) -> dict[str, str]:
    """One made-up customer: shares and effects roughly as in the public table."""
    contract = rng.choices(("Month-to-month", "One year", "Two year"), (55, 21, 24))[0]
    internet = rng.choices(("DSL", "Fiber optic", "No"), (34, 44, 22))[0]
    longest = {"Month-to-month": 30.0, "One year": 60.0, "Two year": 90.0}[contract]
    tenure = min(int(rng.expovariate(1 / longest)), 72)
    phone = "Yes" if internet != "DSL" else _yes(0.7, rng)
    lines = "No phone service" if phone == "No" else _yes(0.45, rng)
    extras = {n: "No internet service" if internet == "No" else _yes(0.4, rng) for n in EXTRAS}
    taken = sum(value == "Yes" for value in extras.values())
    monthly = {"DSL": 35.0, "Fiber optic": 68.0, "No": 19.0}[internet]
    monthly += 5.0 * (lines == "Yes") + 5.5 * taken + rng.gauss(0, 1.5)
    payment = rng.choices(
        (
            "Electronic check",
            "Mailed check",
            "Bank transfer (automatic)",
            "Credit card (automatic)",
        ),
        (34, 23, 22, 21),
    )[0]
    senior = rng.random() < 0.16
    pull = {"Month-to-month": 1.4, "One year": -0.7, "Two year": -2.2}[contract]
    pull += {"DSL": -0.3, "Fiber optic": 0.8, "No": -1.2}[internet]
    pull += 0.5 * (payment == "Electronic check") + 0.3 * senior - 0.05 * tenure
    pull -= 0.5 * (extras["online_security"] == "Yes") + 0.5 * (extras["tech_support"] == "Yes")
    leaves = rng.random() < 1 / (1 + math.exp(-1.5 * pull))
    return {
        "customer_id": f"{number:04d}-MADEUP",
        "gender": rng.choice(("Female", "Male")),
        "senior_citizen": "1" if senior else "0",
        "partner": _yes(0.48, rng),
        "dependents": _yes(0.3, rng),
        "tenure": str(tenure),
        "phone_service": phone,
        "multiple_lines": lines,
        "internet_service": internet,
        **extras,
        "contract": contract,
        "paperless_billing": _yes(0.6, rng),
        "payment_method": payment,
        "monthly_charges": f"{monthly:.2f}",
        "total_charges": f"{monthly * tenure * rng.uniform(0.95, 1.05):.2f}" if tenure else " ",
        "churn": "Yes" if leaves else "No",
    }


def _yes(share: float, rng: random.Random) -> str:
    return "Yes" if rng.random() < share else "No"
