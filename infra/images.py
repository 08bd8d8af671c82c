"""Where SageMaker's prebuilt XGBoost image lies: a registry account a region.

A test compares this table with the one in sagemaker-core, which takes seconds to import.
"""

from penstock.errors import PenstockError

XGBOOST_VERSION = "3.2-0"
XGBOOST_ACCOUNTS = {
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-south-1": "720646828776",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ca-central-1": "341280168497",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}


def xgboost(region: str) -> str:
    """The image's URI in `region`."""
    if region not in XGBOOST_ACCOUNTS:
        raise PenstockError(
            f"no XGBoost image is known for {region!r}",
            where="infra/images.py",
            expected=f"one of {', '.join(XGBOOST_ACCOUNTS)}",
        )
    account = XGBOOST_ACCOUNTS[region]
    return f"{account}.dkr.ecr.{region}.amazonaws.com/sagemaker-xgboost:{XGBOOST_VERSION}"
