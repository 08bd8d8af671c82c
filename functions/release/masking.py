"""The key that masks personal columns: the same for all versions, so that a mask can be joined."""

import secrets

from functions.release import table
from functions.release.context import Release


def key_for(release: Release) -> dict[str, str]:
    """{"hmac_key": hex}, made once a use case; {} when no column is personal."""
    if not any(column["personal"] for column in release.usecase["columns"]):
        return {}
    row_key = table.key("key", release, "hmac")
    database = release.aws.dynamodb
    row = row_key | {"hmac_key": secrets.token_hex(32)}
    try:
        database.put_item(
            TableName=release.settings.table_name,
            Item=table.encode(row),
            ConditionExpression="attribute_not_exists(pk)",
        )
    except database.exceptions.ConditionalCheckFailedException:
        row = table.get(release, row_key) or row
    return {"hmac_key": str(row["hmac_key"])}
